"""Operators plan cleaning windows and see what is closed; an administrator switches modules; nobody else does."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from parking.bus.codec import decode, fact_of
from parking.db.unit_of_work import Database
from parking.events.city import CleaningWindowEnded, CleaningWindowPlanned
from parking.restrictions import service
from tests.api.http_process import PATIENCE_S, Json, bearing, make_key
from tests.api.kerb_people import Kerb, Person, opened_kerb
from tests.parking.restrictions.small_street import wanted
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
WINDOWS = "/v1/operator/cleaning-windows"


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "09:30") as opened:
        yield opened


def window(**changed: object) -> Json:
    start, end = at("11:00").isoformat(), at("11:30").isoformat()
    return {"id": "w1", "start": start, "end": end, "authority": "市城管局", "segments": ["Z1-N"]} | changed


async def patch(person: Person, name: str, change: Json) -> httpx.Response:
    path = f"/v1/operator/modules/{name}"
    return await person.client.patch(path, json=change, headers={"X-CSRF-Token": person.csrf})


async def test_plan_and_end_are_on_the_bus_and_in_the_audit(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator:
        assert (await operator.post(WINDOWS, window())).status_code == 202
        assert (await operator.post(f"{WINDOWS}/w1/end", {"outcome": "missed"})).status_code == 202
        done = [row["action"] for row in (await operator.get("/v1/operator/audit"))["audit"]]
    assert done[:2] == ["cleaning.ended", "cleaning.planned"]
    async with kerb.database.transaction() as session:
        facts = [
            fact_of(decode(row)) for row in await session.scalars(text("SELECT event FROM outbox ORDER BY position"))
        ]
    planned = next(fact for fact in facts if isinstance(fact, CleaningWindowPlanned))
    assert (planned.segment_ids, planned.announced_at, planned.end) == (("Z1-N",), at("09:30"), at("11:30"))
    assert any(isinstance(fact, CleaningWindowEnded) and fact.outcome == "missed" for fact in facts)


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"end": "2026-03-02T11:00:00+08:00"}, 400, "window_invalid"),
        ({"segments": []}, 400, "spaces_missing"),
        ({"zones": ["nowhere"]}, 404, "place_unknown"),
        ({"spaces": ["nowhere"]}, 404, "place_unknown"),
        ({"start": "2026-03-02T11:00:00"}, 400, "request_invalid"),
    ],
)
async def test_plan_is_refused_by_name(kerb: Kerb, changed: Json, status: int, code: str) -> None:
    async with kerb.person("li.wei") as operator:
        answer = await operator.post(WINDOWS, window(**changed))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_plan_is_refused_beyond_the_district_of_the_key(kerb: Kerb) -> None:
    async with kerb.database.transaction() as session:
        await session.execute(text("INSERT INTO district (district_id, name, name_en) VALUES ('other', '区', 'Other')"))
    key = await make_key(kerb.database, "operator", district="other")
    async with asyncio.timeout(PATIENCE_S):
        # A new key is known to the process a moment after it was made.
        while True:
            answer = await kerb.process.client.post(WINDOWS, json=window(), headers=bearing(key))
            if answer.status_code != 401:
                break
            await asyncio.sleep(0.05)
    assert (answer.status_code, answer.json()["code"]) == (403, "district_forbidden")
    shown = await kerb.process.get("/v1/operator/restrictions", headers=bearing(key))
    assert shown == {"restrictions": []}


async def test_restrictions_are_listed_until_they_are_over(kerb: Kerb) -> None:
    async with kerb.database.transaction() as session:
        await service.apply(session, wanted("S1", end=30, base=at("09:00")), at=at("09:00"))
    async with kerb.person("li.wei") as operator:
        kerb.time.now = at("09:29")
        (shown,) = (await operator.get("/v1/operator/restrictions?zone=Z1"))["restrictions"]
        assert (shown["id"], shown["spaces"], shown["stops_charging"]) == ("r1", ["S1"], True)
        kerb.time.now = at("09:30")
        assert (await operator.get("/v1/operator/restrictions"))["restrictions"] == []


async def test_module_is_switched_and_set_up_by_an_administrator_only(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator:
        refused = await patch(operator, "street_cleaning", {"enabled": False})
        assert (refused.status_code, refused.json()["code"]) == (403, "role_missing")
    async with kerb.person("admin") as admin:
        (module,) = (await admin.get("/v1/operator/modules"))["modules"]
        assert (module["name"], module["enabled"], module["config"]) == ("street_cleaning", True, {})
        assert "notice_minutes" in str(module["config_schema"])
        off = await patch(admin, "street_cleaning", {"enabled": False, "config": {"notice_minutes": 5}})
        assert (off.json()["enabled"], off.json()["config"]) == (False, {"notice_minutes": 5})
        wrong = await patch(admin, "street_cleaning", {"config": {"notice_minutes": -5}})
        assert (wrong.status_code, wrong.json()["code"]) == (400, "config_invalid")
        unknown = await patch(admin, "nothing", {"enabled": True})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "module_unknown")
