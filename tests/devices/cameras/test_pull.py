"""A camera that is pulled: its stream, what it missed, its failures, and its login."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from devices.cameras.model import Camera
from devices.cameras.pull.supervisor import CameraSupervisor
from devices.cameras.pull.watcher import Watcher
from devices.registry import installed
from devices.simulation.cameras.dahua import DahuaCamera
from devices.simulation.cameras.views import CameraFaults, CameraView
from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros, utc_now
from tests.devices.cameras.city import BAY, CameraCity, camera_city

pytestmark = pytest.mark.service
LOGIN = ("admin", "a password of the camera")
AT_ONCE = (0.02,)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def outcomes(city: CameraCity) -> list[tuple[str, str | None]]:
    return [(outcome.kind, outcome.code) for raw in city.stream.messages for outcome in raw.outcomes]


def spoken(city: CameraCity) -> list[tuple[str, str | None]]:
    return [(seen.kind, seen.status) for seen in city.stream.observations if seen.kind != "telemetry"]


@asynccontextmanager
async def watched(
    database: Database,
    camera: DahuaCamera,
    *,
    password: str = LOGIN[1],
    silence_s: float = 20.0,
    zone: str | None = None,
) -> AsyncIterator[CameraCity]:
    city = await camera_city(database, adapter="dahua", address=camera.address, password=password, zone=zone)
    plan = installed().pull_plan("dahua")
    assert plan is not None
    watcher = Watcher(
        city.camera,
        replace(plan, silence_s=silence_s),
        city.intake,
        city.service.login_of(city.camera),
        waits_s=AT_ONCE,
    )
    task = asyncio.ensure_future(watcher.run())
    try:
        yield city
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def a_camera(
    faults: CameraFaults | None = None, *, offset: timedelta = timedelta(), heartbeat_s: float = 20.0
) -> DahuaCamera:
    view = CameraView(bays=(BAY,), seed=1, faults=faults or CameraFaults())
    return DahuaCamera(view, login=LOGIN, now=utc_now, clock_offset=offset, heartbeat_s=heartbeat_s)


async def test_nothing_is_lost_when_a_camera_drops_and_changes_while_it_is_away(database: Database) -> None:
    async with a_camera() as camera, watched(database, camera) as city:
        await until(lambda: spoken(city) == [("restate", "free")])
        camera.comes(BAY, "鲁C12345")
        await until(lambda: len(spoken(city)) == 2)
        camera.drop()
        camera.goes(BAY)
        await until(lambda: spoken(city)[2:] == [("restate", "free")])
        assert spoken(city)[1] == ("change", "occupied")
        assert camera.read_backs == 2
        assert outcomes(city).count(("status", None)) == 2
        assert {code for kind, code in outcomes(city) if kind == "error"} <= {
            "camera_unreachable",
            "camera_stream_ended",
        }
        assert await city.waiting() == 1


async def test_the_stream_is_opened_anew_when_it_stalls(database: Database) -> None:
    async with a_camera() as camera, watched(database, camera, silence_s=0.3) as city:
        camera.stall()
        await until(lambda: ("error", "camera_stalled") in outcomes(city))
        await until(lambda: camera.read_backs >= 2)


async def test_every_bay_lives_when_the_camera_beats(database: Database) -> None:
    async with a_camera() as camera, watched(database, camera) as city:
        await until(lambda: camera.is_watched and bool(spoken(city)))
        camera.beat()
        await until(lambda: any(seen.kind == "telemetry" for seen in city.stream.observations))
        assert ("status", "bays_live") in outcomes(city)
        camera.is_turned()
        await until(lambda: ("fault", None) in spoken(city))
        assert city.stream.observations[-1].fault == "view_moved"


async def test_the_instant_is_right_when_the_camera_counts_local_time_as_utc(database: Database) -> None:
    beijing = a_camera(offset=timedelta(hours=8))
    async with beijing as camera, watched(database, camera, zone="Asia/Shanghai") as city:
        await until(lambda: bool(spoken(city)))
        camera.comes(BAY)
        await until(lambda: len(spoken(city)) == 2)
        change = city.stream.observations[-1]
        assert abs(change.observed_at - to_micros(utc_now())) < 60_000_000
        assert change.device_at is not None
        assert change.device_at - change.observed_at == 8 * 3600 * 1_000_000


async def test_a_wrong_password_is_told_and_not_hidden_when_the_camera_refuses(database: Database) -> None:
    async with a_camera() as camera, watched(database, camera, password="wrong") as city:
        await until(lambda: ("error", "camera_refused_login") in outcomes(city))
        assert camera.refused > 0
        assert spoken(city) == []


async def at_once(camera: Camera) -> None:
    """The engine knows its zones."""


async def test_no_stream_is_opened_before_what_comes_through_it_can_be_believed(database: Database) -> None:
    asked, known = asyncio.Event(), asyncio.Event()

    async def placed(camera: Camera) -> None:
        assert camera.camera_id == "C1"
        asked.set()
        await known.wait()

    async with a_camera() as camera:
        city = await camera_city(database, adapter="dahua", address=camera.address, password=LOGIN[1])
        city.cameras._cameras = {"C1": city.camera}
        supervisor = CameraSupervisor(city.cameras, city.service, city.intake, installed(), placed=placed)
        task = asyncio.ensure_future(supervisor.run())
        async with asyncio.timeout(10.0):
            await asked.wait()
        assert (camera.is_watched, camera.read_backs) == (False, 0)
        known.set()
        await until(lambda: spoken(city) == [("restate", "free")])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_one_camera_holds_up_no_other_when_it_is_away(database: Database) -> None:
    async with a_camera() as camera:
        city = await camera_city(database, adapter="dahua", address=camera.address, password=LOGIN[1])
        away = replace(city.camera, camera_id="C2", address="http://127.0.0.1:1", secret=None)
        cameras = {"C1": city.camera, "C2": away}
        city.cameras._cameras = cameras
        supervisor = CameraSupervisor(city.cameras, city.service, city.intake, installed(), placed=at_once)
        task = asyncio.ensure_future(supervisor.run())
        try:
            await until(lambda: spoken(city) == [("restate", "free")])
            assert not task.done()
            city.cameras._cameras = {"C2": away}
            await supervisor.refresh()
            await until(lambda: not camera.is_watched)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
