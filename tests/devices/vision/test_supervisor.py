"""A registered plain camera from its folder of frames to the stream of readings, against the real database."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.cameras.model import Camera
from devices.cameras.service import NewCamera
from devices.vision import repository
from devices.vision.geometry import Picture
from devices.vision.outlines import Outline
from devices.vision.repository import StoredView
from devices.vision.supervisor import VisionSupervisor
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from tests.devices.cameras.city import CameraCity, camera_city
from tests.devices.vision.pictures import DAY, annotated, frame, noisy
from tests.parking.sessions.city import SPACE

pytestmark = pytest.mark.service
CAMERA = "P1"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


def spoken(city: CameraCity) -> list[tuple[str, str | None, str | None]]:
    mine = [seen for seen in city.stream.observations if seen.device_id == f"{CAMERA}:1"]
    return [(seen.kind, seen.status, seen.fault) for seen in mine if seen.kind != "telemetry"]


def codes(city: CameraCity) -> list[str | None]:
    return [outcome.code for raw in city.stream.messages for outcome in raw.outcomes]


def show(folder: Path, picture: Picture) -> None:
    """As a camera does that writes its newest frame over the last one."""
    fresh = folder / "frame.new"
    fresh.write_bytes(cv2.imencode(".jpg", picture)[1].tobytes())
    fresh.rename(folder / "frame.jpg")


async def test_a_space_is_restated_and_then_at_fault_when_its_camera_goes_dark(
    database: Database, shared: Path, tmp_path: Path
) -> None:
    city = await camera_city(database)
    quads, occupied = annotated(shared, DAY)
    corners = tuple(map(tuple, quads[0].tolist()))
    camera = Camera(camera_id=CAMERA, adapter="plain", mode="frames", address=str(tmp_path), interval_s=1)
    view = StoredView(
        camera_id=CAMERA,
        outlines=(Outline("1", corners),),  # type: ignore[arg-type]  # four pairs
        sight=None,
        drawn_at=utc_now(),
        drawn_by="test",
    )
    async with database.transaction() as session:
        await city.service.add(session, NewCamera(camera=camera, bays={"1": SPACE}))
        await repository.put(session, view)
    supervisor = VisionSupervisor(database, city.cameras, city.service, city.intake, city.now)
    task = asyncio.ensure_future(supervisor.run())
    try:
        show(tmp_path, noisy(frame(shared, DAY, 1280)))
        await city.devices.refresh()
        await city.cameras.refresh()
        await supervisor.refresh()
        await until(lambda: spoken(city) != [])
        assert spoken(city)[0] == ("restate", "occupied" if occupied[0] else "free", None)
        looks = [raw for raw in city.stream.messages if raw.source == "plain" and raw.body]
        assert looks[0].door == "pull"
        assert b"occupied" in looks[0].body or b"free" in looks[0].body
        show(tmp_path, np.zeros((96, 128, 3), np.uint8))
        await until(lambda: ("fault", None, "view_dark") in spoken(city))
        async with database.transaction() as session:
            (kept,) = await repository.listed(session)
        assert kept.sight is not None
        (tmp_path / "frame.jpg").unlink()
        await until(lambda: "camera_unreachable" in codes(city))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
