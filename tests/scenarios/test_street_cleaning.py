"""A cleaning window takes spaces away and gives them back, although the process of the modules is killed inside it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
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
from parking.places.generator import generate
from parking.plugins import service
from parking.plugins.catalogue import discover
from parking.restrictions.model import Interval
from parking.restrictions.service import uncharged_intervals
from tests.scenarios.platform import Platform, servers, until

pytestmark = pytest.mark.service

EUI = "0210a1b2c3d4e5f6"
WINDOW_S = 12
LATE_S = 4.0
"""A beat of the engine, a poll of the test, and a busy machine."""


@pytest.fixture
async def platform(open_folder: Path) -> AsyncIterator[Platform]:
    async with servers(open_folder) as platform:
        yield platform


@pytest.fixture
async def own_database(platform: Platform) -> AsyncIterator[Database]:
    database = Database(open_engine(platform.settings.required_database_url, pool_size=2))
    yield database
    await database.close()


async def test_spaces_come_back_in_time_when_the_modules_are_killed(platform: Platform, own_database: Database) -> None:
    space_id, zone_id, sensor_key = await _city(platform)
    operator_key = await _operator(own_database)
    start = utc_now() + timedelta(seconds=1)
    end = start + timedelta(seconds=WINDOW_S)
    await _post(platform, sensor_key, "/v1/readings", {"readings": [_occupied(utc_now())]})
    window = {"id": "w1", "start": start.isoformat(), "end": end.isoformat(), "authority": "市城管局"}
    await _post(platform, operator_key, "/v1/operator/cleaning-windows", window | {"spaces": [space_id]})

    await until(lambda: _shows(platform, zone_id, space_id, "restricted"), "the space is not restricted")
    assert start <= utc_now() < end
    shown = await _space(platform, zone_id, space_id)
    assert (shown["reason"], datetime.fromisoformat(shown["until"])) == ("street_cleaning", end)
    await platform.kill("modules")

    await until(lambda: _shows(platform, zone_id, space_id, "occupied"), "the space does not come back")
    assert end <= utc_now() < end + timedelta(seconds=LATE_S)
    zone = await platform.get(f"/v1/zones/{zone_id}")
    assert (zone["restricted"], zone["occupied"]) == (0, 1)
    async with own_database.transaction() as session:
        charged_nothing = await uncharged_intervals(
            session, space_id, start - timedelta(minutes=5), end + timedelta(minutes=5)
        )
    assert charged_nothing == [Interval(start, end)]


async def _city(platform: Platform) -> tuple[str, str, str]:
    """Space, zone, and the key of its sensor; all processes of an installation run."""
    city = generate(20, 1)
    space = next(feature for feature in city["features"] if feature["properties"]["feature"] == "space")
    device = NewDevice(device_id=EUI, vendor="Bosch", model="TPS110", version="0.29", space_id=space["id"])
    key = await platform.fill(city, [device])
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


def _occupied(at: datetime) -> dict[str, str]:
    return {"device": EUI, "observed_at": at.isoformat(), "status": "occupied", "kind": "change"}


async def _post(platform: Platform, key: str, path: str, body: dict[str, Any]) -> None:
    async def accepted() -> bool:
        # A new key is known to the HTTP process a moment after it was made.
        answer = await platform.client.post(path, json=body, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code in {202, 401}, answer.text
        return answer.status_code == 202

    await until(accepted, f"{path} is not accepted")


async def _space(platform: Platform, zone_id: str, space_id: str) -> dict[str, Any]:
    spaces: list[dict[str, Any]] = (await platform.get(f"/v1/zones/{zone_id}/spaces"))["spaces"]
    return next(space for space in spaces if space["id"] == space_id)


async def _shows(platform: Platform, zone_id: str, space_id: str, status: str) -> bool:
    return bool((await _space(platform, zone_id, space_id))["status"] == status)
