"""Two simulated cameras over real wires: what they see becomes states, stays with plates and sealed pictures; what they do wrong does not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from api.bootstrap.working import Working
from devices.cameras.model import Camera
from devices.cameras.service import CameraService, NewCamera
from devices.inventory.sealing import DeviceSafe
from devices.inventory.service import DeviceService
from devices.registry import installed
from devices.simulation.cameras.dahua import DahuaCamera
from devices.simulation.cameras.hikvision import MEDIA_TYPE, HikvisionCamera
from devices.simulation.cameras.views import CameraFaults, CameraView, Seen
from devices.transport.http import HttpPoster
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.evidence.tables import EvidenceRow
from parking.privacy.vault import PlateVault
from parking.sessions.tables import SessionRow
from tests.api import small_city
from tests.api.http_process import SECRET, Process, http_process, make_key, settings_for

pytestmark = pytest.mark.service
LOGIN: Final = ("admin", "a password of the camera")
PLATE: Final = "鲁C12345"
PATIENCE_S: Final = 60.0


@dataclass
class Street:
    """S1 under a camera that pushes, S2 under one that is pulled."""

    process: Process
    database: Database
    pushing: HikvisionCamera
    pulled: DahuaCamera

    async def state(self, space_id: str) -> str:
        listed = await self.process.get("/v1/zones/Z1/spaces")
        found: str = next(one["status"] for one in listed["spaces"] if one["id"] == space_id)
        return found

    async def stays(self, space_id: str) -> list[SessionRow]:
        async with self.database.transaction() as session:
            return list(await session.scalars(select(SessionRow).where(SessionRow.space_id == space_id)))

    async def pictures(self, space_id: str) -> list[EvidenceRow]:
        async with self.database.transaction() as session:
            return list(await session.scalars(select(EvidenceRow).where(EvidenceRow.space_id == space_id)))

    async def count(self, statement: str) -> int:
        async with self.database.transaction() as session:
            return int(await session.scalar(text(statement)) or 0)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():
            await asyncio.sleep(0.05)


async def register(session: AsyncSession, address: str) -> None:
    def earlier() -> datetime:
        return utc_now() - timedelta(hours=1)

    service = CameraService(installed(), DeviceService(installed(), earlier), DeviceSafe(SECRET), earlier)
    pushing = Camera(camera_id="push-1", adapter="hikvision", mode="push")
    pulled = Camera(camera_id="pull-1", adapter="dahua", mode="pull", address=address, username=LOGIN[0])
    await service.add(session, NewCamera(camera=pushing, bays={"1": "S1"}))
    await service.add(session, NewCamera(camera=pulled, bays={"1": "S2"}, password=LOGIN[1]))


@asynccontextmanager
async def street(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Street]:
    await small_city.build(database)
    settings = settings_for(database_url, redis_url)
    view = CameraView(bays=("1",), seed=3)
    async with DahuaCamera(view, login=LOGIN, now=utc_now, heartbeat_s=0.5) as pulled:
        async with database.transaction() as session:
            await register(session, pulled.address)
        key = await make_key(database, devices=["push-1"])
        worker = asyncio.ensure_future(Working(settings, {"engine", "relay", "cameras"}).run())
        async with http_process(database_url, redis_url) as process:
            await process.until_ready()
            address = str(process.client.base_url)
            async with HttpPoster(address, key=key, media_type=MEDIA_TYPE) as poster:
                pushing = HikvisionCamera("push-1", CameraView(bays=("1",), seed=4), poster, now=utc_now)
                yield Street(process, database, pushing, pulled)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def test_what_cameras_see_becomes_stays_with_plates_and_pictures(
    database: Database, database_url: str, redis_url: str
) -> None:
    async with street(database, database_url, redis_url) as city:
        await _a_car_parks_under_each(city)
        await _polls_change_nothing(city)
        await _a_moved_view_is_unknown(city)
        await _both_cars_leave(city)


async def _a_car_parks_under_each(city: Street) -> None:
    await until(lambda: _is(city, "S2", "free"))
    answer = await city.pushing.comes("1", PLATE)
    assert answer is not None
    assert answer.status == 200
    city.pulled.comes("1", "鲁CD12345")
    vault = PlateVault.from_setting(SECRET)
    for space_id, plate in (("S1", PLATE), ("S2", "鲁CD12345")):

        async def is_claimed(space_id: str = space_id) -> bool:
            return [stay.plate_token is not None for stay in await city.stays(space_id)] == [True]

        await until(is_claimed)
        (stay,) = await city.stays(space_id)
        assert stay.plate_token in vault.tokens_of(plate)
        assert [picture.session_id for picture in await city.pictures(space_id)] == [stay.session_id]
        assert await city.state(space_id) == "occupied"


async def _polls_change_nothing(city: Street) -> None:
    """Neither right ones nor those of a camera that sends them as if they were events."""
    await city.pushing.polls()
    city.pushing.view.faults = CameraFaults(polls_as_events=True)
    await city.pushing.polls()
    await city.pushing.polls()
    city.pushing.view.faults = CameraFaults()
    past = utc_now() - timedelta(minutes=10)
    await city.pushing.looks_back(past, [Seen("1", occupied=False)])
    waiting = "SELECT count(*) FROM camera_message WHERE sealed IS NOT NULL"

    async def is_worked_off() -> bool:
        return await city.count(waiting) == 0

    await until(is_worked_off)
    assert [stay.state for stay in await city.stays("S1")] == ["open"]
    assert await city.state("S1") == "occupied"


async def _a_moved_view_is_unknown(city: Street) -> None:
    answer = await city.pushing.is_turned()
    assert answer.status == 200
    await until(lambda: _is(city, "S1", "unknown"))
    await city.pushing.polls()
    await until(lambda: _is(city, "S1", "occupied"))


async def _both_cars_leave(city: Street) -> None:
    """One of them while its camera's connection is gone: the read-back tells, and a restatement alone ends no stay."""
    await city.pushing.goes("1")
    city.pulled.drop()
    city.pulled.goes("1")
    await until(lambda: _is(city, "S1", "free"))
    await until(lambda: _is(city, "S2", "free"))

    async def is_over() -> bool:
        return [stay.state for stay in await city.stays("S1")] == ["ended"]

    await until(is_over)
    assert city.pulled.read_backs >= 2


async def _is(city: Street, space_id: str, status: str) -> bool:
    return await city.state(space_id) == status
