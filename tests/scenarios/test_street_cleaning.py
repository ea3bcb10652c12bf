"""A cleaning window takes a space away and gives it back, although the process of the modules is killed inside it; the car
that stands there is not charged for the window, and its bill says why.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.auth.service import create_key
from api.embedded.process import spawn
from api.installation.children import child_program
from api.installation.run import MODULES, PROCESSES
from devices.inventory.wishes import NewDevice
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.domain.ids import ZoneId
from parking.places.generator import generate
from parking.places.repository import load_catalogue
from parking.plugins import service
from parking.plugins.catalogue import discover
from pricing.rates.legal_basis import document_of, under_document
from pricing.rates.publication import adopt
from pricing.rates.service import draft
from tests.pricing.kerb_city import LINZI
from tests.scenarios.platform import Platform, servers, until

pytestmark = pytest.mark.service

EUI = "0210a1b2c3d4e5f6"
WINDOW_S = 30
"""Long enough for a busy machine to close the space and to lose the modules within it."""
CAME_BEFORE = timedelta(minutes=5)
BY_THE_SECOND = "by-the-second"


def yesterday() -> datetime:
    return utc_now() - timedelta(days=1)


@pytest.fixture
async def platform(open_folder: Path) -> AsyncIterator[Platform]:
    async with servers(open_folder) as platform:
        yield platform


@pytest.fixture
async def own_database(platform: Platform) -> AsyncIterator[Database]:
    database = Database(open_engine(platform.settings.required_database_url, pool_size=2))
    yield database
    await database.close()


async def test_car_pays_for_all_but_the_window_when_the_modules_are_killed_in_it(
    platform: Platform, own_database: Database
) -> None:
    space_id, zone_id, sensor_key = await _city(platform)
    await _charge_by_the_second(own_database, zone_id)
    operator_key = await _operator(own_database)
    await _post(platform, sensor_key, "/v1/readings", {"readings": [_occupied(utc_now() - CAME_BEFORE)]})
    start = utc_now() + timedelta(seconds=1)
    end = start + timedelta(seconds=WINDOW_S)
    window = {"id": "w1", "start": start.isoformat(), "end": end.isoformat(), "authority": "市城管局"}
    await _post(platform, operator_key, "/v1/operator/cleaning-windows", window | {"spaces": [space_id]})

    await until(lambda: _shows(platform, zone_id, space_id, "restricted"), "the space is not restricted")
    assert start <= utc_now() < end
    shown = await _space(platform, zone_id, space_id)
    assert (shown["reason"], datetime.fromisoformat(shown["until"])) == ("street_cleaning", end)
    await platform.kill("modules")
    owed = await _owed(platform, space_id)
    assert owed > 0
    await until(lambda: _is_past(start + timedelta(seconds=WINDOW_S / 2)), "the clock stands still")
    assert await _owed(platform, space_id) == owed

    await until(lambda: _shows(platform, zone_id, space_id, "occupied"), "the space does not come back")
    assert end <= utc_now()
    zone = await platform.get(f"/v1/zones/{zone_id}")
    assert (zone["restricted"], zone["occupied"]) == (0, 1)

    await until(lambda: _owes_more(platform, space_id, owed), "the charge does not go on")
    fee = await _fee_of_leaving(platform, own_database, space_id)
    lines = fee["lines"]
    cleaned = [line for line in lines if line["rule"] == "not_accruing"]
    assert [line["why"] for line in cleaned] == ["道路清扫，暂停计费 / closed for street cleaning, not charged"]
    began, ended = _seconds(cleaned)
    assert began == start.replace(microsecond=0)
    assert end <= ended
    charged = sum(line["quantity"] for line in lines if line["rule"] == BY_THE_SECOND)
    assert fee["amount"]["amount"] == charged == _length_s(*_seconds(lines)) - _length_s(*_seconds(cleaned))


async def _city(platform: Platform) -> tuple[str, str, str]:
    """Space, zone, and the key of its sensor; all processes of an installation run."""
    city = generate(20, 1)
    space = next(feature for feature in city["features"] if feature["properties"]["feature"] == "space")
    device = NewDevice(device_id=EUI, vendor="Bosch", model="TPS110", version="0.29", space_id=space["id"])
    key = await platform.fill(city, [device], clock=yesterday)
    for child in (*PROCESSES, MODULES):
        platform.processes[child.name] = spawn(child_program(child, platform.folder, platform.settings))
    await platform.until_ready()
    return space["id"], space["properties"]["zone"], key


async def _operator(database: Database) -> str:
    """The key of an operator in a city that gives its drivers no notice."""
    async with database.transaction() as session:
        await service.configure(session, discover(), "street_cleaning", {"notice_minutes": 0}, at=utc_now())
        _, key = await create_key(session, utc_now, role="operator", name="test")
    return key


async def _charge_by_the_second(database: Database, zone_id: str) -> None:
    """One fen a second, day and night, so that a window of seconds shows in the fee whatever the hour."""
    since = yesterday()
    async with database.transaction() as session:
        area_class = (await load_catalogue(session)).zones[ZoneId(zone_id)].zone.area_class
        kerb = LINZI.collections[0]
        line = replace(kerb.lines[0], rule_id=BY_THE_SECOND, start=time(), end=time(), unit_s=1, unit_price=1)
        whom = replace(kerb.eligibility, area_classes=frozenset({area_class}))
        table = replace(
            LINZI,
            rate_table_id=BY_THE_SECOND,
            legal=replace(LINZI.legal, tick=1),
            collections=(replace(kerb, eligibility=whom, lines=(line,), free=None),),
            quotas=(),
        )
        table = under_document(table, await document_of(session, "GEN-PD"))
        await draft(session, table, price_document_id="GEN-PD", prepared_by="one", at=since, zone_ids=(zone_id,))
        await adopt(
            session, BY_THE_SECOND, 1, effective_from=since, approved_by="another", signs_seen_by="inspector", at=since
        )


def _occupied(at: datetime) -> dict[str, str]:
    return {"device": EUI, "observed_at": at.isoformat(), "status": "occupied", "kind": "change"}


async def _stay(platform: Platform, space_id: str) -> dict[str, Any]:
    stay: dict[str, Any] | None = (await platform.get(f"/v1/spaces/{space_id}/bill"))["stay"]
    assert stay is not None
    return stay


async def _owed(platform: Platform, space_id: str) -> int:
    amount: int = (await _stay(platform, space_id))["owed"]["amount"]
    return amount


async def _owes_more(platform: Platform, space_id: str, before: int) -> bool:
    return await _owed(platform, space_id) > before


async def _fee_of_leaving(platform: Platform, database: Database, space_id: str) -> dict[str, Any]:
    """The driver tells a terminal that the stay is over."""
    async with database.transaction() as session:
        _, key = await create_key(session, utc_now, role="terminal", name="T1")
    stay = (await _stay(platform, space_id))["session"]
    stopped = await _post(platform, key, f"/v1/sessions/{stay}/stop", {"ended_at": utc_now().isoformat()})
    fee: dict[str, Any] = stopped["fee"]
    return fee


async def _is_past(instant: datetime) -> bool:
    return utc_now() >= instant


def _seconds(lines: list[dict[str, Any]]) -> tuple[datetime, datetime]:
    """From the earliest beginning of a line to the latest end."""
    starts, ends = ([datetime.fromisoformat(line[edge]) for line in lines] for edge in ("start", "end"))
    return min(starts), max(ends)


def _length_s(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())


async def _post(platform: Platform, key: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}

    async def accepted() -> bool:
        # A new key is known to the HTTP process a moment after it was made.
        answer = await platform.client.post(path, json=body, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code in {200, 202, 401}, answer.text
        said.update(answer.json())
        return answer.status_code != 401

    await until(accepted, f"{path} is not accepted")
    return said


async def _space(platform: Platform, zone_id: str, space_id: str) -> dict[str, Any]:
    spaces: list[dict[str, Any]] = (await platform.get(f"/v1/zones/{zone_id}/spaces"))["spaces"]
    return next(space for space in spaces if space["id"] == space_id)


async def _shows(platform: Platform, zone_id: str, space_id: str, status: str) -> bool:
    return bool((await _space(platform, zone_id, space_id))["status"] == status)
