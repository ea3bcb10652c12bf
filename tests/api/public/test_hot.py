"""The plain function in front of `GET /v1/zones/{id}` answers as the route behind it does."""

import pytest

from api.public.atlas import Atlas
from tests.api.city_in_memory import NOW_US, HeldClock, application, catalogue, client_of, freed, zone

COMPARED = ("content-type", "access-control-allow-origin", "x-request-id")


@pytest.mark.parametrize("path", ["Z1", "Z2", "Z9", "", "Z1/", "%5A1", "Z1/spaces", "Z1%2Fspaces", "../zones/Z1"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE", "OPTIONS"])
async def test_door_and_route_answer_alike(method: str, path: str) -> None:
    headers = {"X-Request-ID": "abc-1", "Accept-Encoding": "identity"}
    async with client_of(application()) as client:
        through_door = await client.request(method, f"/v1/zones/{path}", headers=headers)
        # A query that nobody reads keeps the door shut, so that the route answers.
        through_route = await client.request(method, f"/v1/zones/{path}?unread=1", headers=headers)
    assert through_door.status_code == through_route.status_code
    assert through_door.content == through_route.content
    for name in COMPARED:
        assert through_door.headers.get(name) == through_route.headers.get(name), name


async def test_kept_answer_is_left_when_it_is_no_longer_true() -> None:
    clock = HeldClock()
    app = application(clock)
    model = app.serving.model
    async with client_of(app) as client:

        async def ask() -> dict[str, object]:
            found: dict[str, object] = (await client.get("/v1/zones/Z1")).json()
            return found

        assert (await ask())["age_s"] == 12
        assert (await ask())["age_s"] == 12
        clock.now_us = NOW_US + 500_000
        assert (await ask())["age_s"] == 13
        model.apply(freed("1001-0"))
        assert (await ask())["vacant"] == 2
        model.observe({}, connected=False)
        assert (await ask())["stale"] is True
        model.adopt_inventory(Atlas(catalogue(zone("Z1", "gaoxin", "S1"))))
        assert (await ask())["district"] == "gaoxin"


async def test_door_counts_what_it_answers() -> None:
    async with client_of(application()) as client:
        await client.get("/v1/zones/Z1")
        await client.get("/v1/zones/Z1?unread=1")
        figures = (await client.get("/metrics")).text
    assert 'parking_http_requests_total{method="GET",route="/v1/zones/{zone_id}",status="200"} 2.0' in figures
    assert 'parking_spaces{status="unknown"} 2.0' in figures
