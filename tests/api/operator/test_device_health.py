"""The health of devices over HTTP: what is faulty since when, for whom, and what a person may say to it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from api.auth.accounts.service import create_account
from api.auth.accounts.tables import AuditRow
from api.auth.model import CITY
from devices.health import service
from devices.health.listing import open_counts
from parking.db.unit_of_work import Database
from parking.domain.clock import parse_instant
from parking.occupancy import keys
from parking.occupancy.fusion.kept import asleep, encode
from parking.occupancy.fusion.rates import Rates
from parking.occupancy.shards import shard_of
from parking.places.tables import DistrictRow
from tests.api.http_process import Json
from tests.api.kerb_people import PASSWORD, Kerb, Person, opened_kerb
from tests.api.sick_devices import FADING, GONE, add_sick_devices
from tests.parking.occupancy.live import until

pytestmark = pytest.mark.service
DISTRICT = "370305"


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        await add_sick_devices(database, opened.time.now, DISTRICT)
        yield opened


async def code_of(person: Person, path: str, body: object) -> tuple[int, str]:
    answer = await person.post(path, body)
    return answer.status_code, answer.json().get("code", "")


async def paged(person: Person, path: str, key: str) -> list[Json]:
    """All pages of one item each."""
    found: list[Json] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await person.get(f"{path}&limit=1" + (f"&cursor={cursor}" if cursor else ""))
        found += page[key]
        cursor = page["next"]
    return found


async def another_kind_shows_errors(redis_url: str, zone_id: str, space_id: str) -> None:
    """The space's belief as the engine keeps it, of a magnetometer that errs four times as often as one usually does."""
    usual = Rates.published(1)
    rates = replace(usual, missed=usual.missed * 4, flipped=usual.flipped * 4)
    fused = encode(asleep(rates.written()[0]))
    async with Redis.from_url(redis_url) as redis:
        await redis.hset(keys.beliefs(shard_of(zone_id)), space_id, fused)


async def test_faults_are_told_with_their_times_and_answered_by_a_person(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator:
        found = await paged(operator, f"/v1/operator/device-faults?district={DISTRICT}", "faults")
        assert [(one["fault"], one["closed_at"] is None, one["distrusted"]) for one in found] == [
            ("silent", True, False),
            ("stuck", True, True),
            ("lossy", False, False),
        ]
        assert parse_instant(found[1]["since"]) < parse_instant(found[1]["opened_at"]) < kerb.time.now
        assert found[1]["detail"] == {"zh": "stuck 的表现", "en": "What shows stuck"}
        only = await operator.get("/v1/operator/device-faults?open=true&fault=stuck&fault=lossy")
        assert [one["id"] for one in only["faults"]] == ["F-stuck"]
        assert only["open"] == {"silent": 1, "stuck": 1}

        taken = await operator.post("/v1/operator/device-faults/F-stuck/acknowledge", {})
        assert taken.json()["acknowledged_by"] == "account:li.wei"
        assert (
            await operator.post("/v1/operator/device-faults/F-stuck/dismiss", {"reason": "the car is there"})
        ).is_success
        assert await code_of(operator, "/v1/operator/device-faults/F-silent/dismiss", {"reason": "seen"}) == (
            409,
            "fault_not_dismissible",
        )
        assert await code_of(operator, "/v1/operator/device-faults/F-lossy/acknowledge", {}) == (409, "fault_closed")
        assert await code_of(operator, "/v1/operator/device-faults/F-none/acknowledge", {}) == (404, "fault_unknown")
        for cursor in ("x", "9" * 17, "1.", "².F", "1.\0"):
            answer = await operator.client.get("/v1/operator/device-faults", params={"cursor": cursor})
            assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")
    async with kerb.database.transaction() as session:
        actions = await session.scalars(select(AuditRow.action).where(AuditRow.action.like("device_fault.%")))
        assert list(actions) == ["device_fault.acknowledged", "device_fault.dismissed"]


async def test_devices_are_told_with_battery_and_history_and_counted_for_prometheus(kerb: Kerb, redis_url: str) -> None:
    async with kerb.person("li.wei") as operator:
        faulty = await paged(operator, "/v1/operator/devices/health?faulty=true", "devices")
        assert [(one["device"], one["faults"], one["trusted"]) for one in faulty] == [
            (FADING, ["stuck"], False),
            (GONE, ["silent"], True),
        ]
        battery = faulty[0]["battery"]
        assert (battery["value"], battery["unit"], battery["days"]) == (21.0, "pct", [])
        assert battery["a_day"] == pytest.approx(-1.0)
        assert faulty[1]["heard_at"] is None
        whole = await operator.get(f"/v1/operator/devices/{FADING}/health")
        assert len(whole["battery"]["days"]) == 40
        assert [one["fault"] for one in whole["history"]] == ["stuck", "lossy"]
        assert whole["errors"] == [], "nothing else tells of its space"
        await another_kind_shows_errors(redis_url, whole["zone"], whole["space"])
        assert (await operator.get(f"/v1/operator/devices/{FADING}/health"))["errors"] == [
            {"what": "missed_changes", "learnt": 0.08, "published": 0.02},
            {"what": "false_changes_a_day", "learnt": 0.6, "published": 0.15},
        ]
        unknown = await operator.client.get("/v1/operator/devices/nobody/health")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_device")
    async with kerb.database.transaction() as session:
        await service.close_all(session, GONE, at=kerb.time.now)
        assert await open_counts(session) == {"stuck": 1}

    async def counted() -> bool:
        figures = (await kerb.process.client.get("/metrics")).text
        return all(
            f'parking_device_faults{{fault="{kind}"}} {n}.0' in figures for kind, n in (("silent", 0), ("stuck", 1))
        )

    await until(counted)


async def test_another_district_sees_nothing_of_it(kerb: Kerb) -> None:
    async with kerb.database.transaction() as session:
        session.add(DistrictRow(district_id="elsewhere", name="他", name_en="Elsewhere"))
        await session.flush()
        await create_account(
            session,
            name="other",
            password=PASSWORD,
            role="operator",
            district_id="elsewhere",
            employer=CITY,
            now=kerb.time.now,
        )
    async with kerb.person("other") as stranger:
        assert (await stranger.get("/v1/operator/device-faults"))["faults"] == []
        assert (await stranger.get("/v1/operator/devices/health"))["devices"] == []
        told = await stranger.client.get(f"/v1/operator/devices/{FADING}/health")
        assert told.json()["code"] == "district_forbidden"
        assert await code_of(stranger, "/v1/operator/device-faults/F-stuck/acknowledge", {}) == (
            403,
            "district_forbidden",
        )
    async with kerb.person("wang.fang") as attendant:
        refused = await attendant.client.get("/v1/operator/device-faults")
        assert refused.json()["code"] == "role_missing"
