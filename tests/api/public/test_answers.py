"""Every public answer from memory: shapes, paging, search, coordinates, and refusals by name."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api.public import level_schemas, schemas
from tests.api.city_in_memory import application, client_of


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(application()) as opened:
        yield opened


async def get(client: httpx.AsyncClient, path: str) -> Any:  # noqa: ANN401 - JSON
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/zones", schemas.ZonePage),
        ("/v1/zones?modified_since=2026-05-01T00:00:00Z", schemas.ZonePage),
        ("/v1/zones/Z1", schemas.ZoneDetail),
        ("/v1/zones/Z2", schemas.ZoneDetail),
        ("/v1/segments?zone=Z1", level_schemas.SegmentPage),
        ("/v1/segments/Z1-N", level_schemas.SegmentDetail),
        ("/v1/zones/Z1/spaces", schemas.SpaceList),
        ("/v1/zones/Z2/spaces", schemas.SpaceList),
        ("/v1/facilities", schemas.FacilityPage),
        ("/v1/districts", level_schemas.DistrictList),
        ("/v1/districts/370303", level_schemas.DistrictDetail),
        ("/v1/availability?near=36.81,118.05&radius_m=5000", schemas.Availability),
        ("/v1/availability?bbox=118,36,119,37", schemas.Availability),
        ("/v1/zones?format=geojson", schemas.FeatureCollection),
        ("/v1/zones/Z1/spaces?format=geojson", schemas.FeatureCollection),
        ("/v1/facilities?format=geojson", schemas.FeatureCollection),
        ("/v1/availability?bbox=118,36,119,37&format=geojson", schemas.FeatureCollection),
    ],
)
async def test_answer_has_the_documented_shape(client: httpx.AsyncClient, path: str, shape: type[Any]) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    shape.model_validate_json(answer.content)
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_zone_says_counts_time_and_age(client: httpx.AsyncClient) -> None:
    zone = await get(client, "/v1/zones/Z1")
    assert (zone["vacant"], zone["occupied"], zone["unknown"], zone["restricted"]) == (1, 1, 0, 1)
    assert (zone["observed_at"], zone["age_s"], zone["stale"]) == ("2026-07-01T07:59:47.500000Z", 12, False)
    assert zone["tariff"] is None
    unheard = await get(client, "/v1/zones/Z2")
    assert (unheard["unknown"], unheard["observed_at"], unheard["age_s"]) == (2, None, None)


async def test_garage_and_district_count_their_spaces(client: httpx.AsyncClient) -> None:
    (garage,) = (await get(client, "/v1/facilities"))["facilities"]
    assert (garage["capacity"], garage["unknown"], garage["levels"]) == (2, 2, 3)
    districts = (await get(client, "/v1/districts"))["districts"]
    assert [(item["id"], item["capacity"], item["vacant"]) for item in districts] == [
        ("370303", 3, 1),
        ("gaoxin", 2, 0),
    ]


async def test_pages_follow_each_other_when_the_cursor_is_given_back(client: httpx.AsyncClient) -> None:
    first = await get(client, "/v1/zones?limit=1")
    second = await get(client, f"/v1/zones?limit=1&cursor={first['next']}")
    assert [item["id"] for item in first["zones"] + second["zones"]] == ["Z1", "Z2"]
    assert second["next"] is None


async def test_removed_zones_are_told_when_asked_what_changed(client: httpx.AsyncClient) -> None:
    page = await get(client, "/v1/zones?modified_since=2026-06-01T12:00:00Z")
    assert page["zones"] == []
    assert page["removed"] == [{"id": "Z0", "removed_at": "2026-06-02T00:00:00.000000Z"}]
    assert (await get(client, "/v1/zones"))["removed"] == []


async def test_zones_are_filtered(client: httpx.AsyncClient) -> None:
    assert [z["id"] for z in (await get(client, "/v1/zones?district=gaoxin"))["zones"]] == ["Z2"]
    assert [z["id"] for z in (await get(client, "/v1/zones?area_class=I"))["zones"]] == ["Z1"]


async def test_nearest_zone_comes_first_with_its_distance(client: httpx.AsyncClient) -> None:
    found = await get(client, "/v1/availability?near=36.81,118.0700&radius_m=5000")
    assert [item["id"] for item in found["zones"]] == ["Z2", "Z1"]
    assert 8 < found["zones"][0]["distance_m"] < 10
    assert found["truncated"] is False
    one = await get(client, "/v1/availability?near=36.81,118.0700&radius_m=5000&limit=1")
    assert (len(one["zones"]), one["truncated"]) == (1, True)
    box = await get(client, "/v1/availability?bbox=118.0,36.8,118.06,36.9")
    assert [(item["id"], item["distance_m"]) for item in box["zones"]] == [("Z1", None)]


async def test_geometry_moves_when_gcj02_is_asked_for(client: httpx.AsyncClient) -> None:
    plain = await get(client, "/v1/zones/Z1/spaces?format=geojson")
    moved = await get(client, "/v1/zones/Z1/spaces?format=geojson&crs=gcj02")
    first, second = plain["features"][0], moved["features"][0]
    assert first["geometry"]["coordinates"] == [118.0501, 36.81]
    assert abs(first["geometry"]["coordinates"][0] - second["geometry"]["coordinates"][0]) > 0.001
    assert first["properties"]["status"] == second["properties"]["status"] == "occupied"


async def test_accept_header_asks_for_geojson(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/zones", headers={"Accept": "application/geo+json"})
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json()["next"] is None


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/zones/Z9", 404, "zone_unknown"),
        ("/v1/zones/Z9/spaces", 404, "zone_unknown"),
        ("/v1/segments/Z9-N", 404, "segment_unknown"),
        ("/v1/districts/9", 404, "district_unknown"),
        ("/v1/zones/%00", 404, "zone_unknown"),
        ("/v1/nothing", 404, "path_unknown"),
        ("/v1/zones/", 404, "path_unknown"),
        ("/v1/availability", 400, "search_incomplete"),
        ("/v1/availability?near=36.81,118.05", 400, "search_incomplete"),
        ("/v1/availability?radius_m=5", 400, "search_incomplete"),
        ("/v1/availability?near=36.81,118.05&radius_m=5&bbox=1,2,3,4", 400, "search_ambiguous"),
        ("/v1/availability?near=118.05,36.81&radius_m=5", 400, "near_invalid"),
        ("/v1/availability?near=36.81&radius_m=5", 400, "near_invalid"),
        ("/v1/availability?near=nan,1&radius_m=5", 400, "near_invalid"),
        ("/v1/availability?near=36,118&radius_m=0", 400, "radius_m_invalid"),
        ("/v1/availability?near=36,118&radius_m=inf", 400, "radius_m_invalid"),
        ("/v1/availability?bbox=1,2,3", 400, "bbox_invalid"),
        ("/v1/availability?bbox=1,5,3,4", 400, "bbox_invalid"),
        ("/v1/zones?limit=0", 400, "request_invalid"),
        ("/v1/zones?limit=x", 400, "request_invalid"),
        ("/v1/zones?area_class=IV", 400, "request_invalid"),
        ("/v1/zones?cursor=%C3%A4", 400, "cursor_invalid"),
        ("/v1/zones?modified_since=yesterday", 400, "modified_since_invalid"),
        ("/v1/zones?modified_since=2026-01-01T00:00:00", 400, "modified_since_invalid"),
        ("/v1/zones?crs=utm", 400, "crs_unknown"),
        ("/v1/zones?format=xml", 400, "format_unknown"),
        ("/v1/zones/Z1/spaces?at=2026-07-01T09:00:00Z", 501, "forecast_not_available"),
        ("/v1/zones/Z1?at=tomorrow", 400, "at_invalid"),
        ("/v1/zones/Z1?at=2026-07-01T07:00:00Z", 400, "at_past"),
        ("/v1/facilities/G1?at=2026-07-09T09:00:00Z", 400, "at_too_far"),
        ("/v1/availability?near=36,118&radius_m=5&for=-PT1H", 400, "for_invalid"),
        ("/v1/availability?near=36,118&radius_m=5&for=long", 400, "request_invalid"),
        ("/v1/districts?at=now", 501, "forecast_not_available"),
        ("/v1/stream?zones=Z9", 404, "zone_unknown"),
        ("/v1/stream?bbox=1", 400, "bbox_invalid"),
    ],
)
async def test_impossible_question_is_a_problem_with_a_code(
    client: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    answer = await client.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:smart-parking:problem:{code}"
    assert problem["title"]
    assert problem["detail"]


async def test_unknown_parameters_are_ignored(client: httpx.AsyncClient) -> None:
    assert (await get(client, "/v1/zones/Z1?utm_source=x"))["id"] == "Z1"


async def test_large_answers_are_compressed_when_the_client_takes_it(client: httpx.AsyncClient) -> None:
    large = await client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert large.headers["content-encoding"] == "gzip"
    small = await client.get("/v1/zones/Z1?x=1", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in small.headers
