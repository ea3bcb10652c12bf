"""Plates that a camera reads at the gate of a lot that we bill begin and end stays there, once each."""

import json
from datetime import datetime

import pytest
from sqlalchemy import select

from api.gates.camera_readings import FacilityGate
from devices.cameras.directory import CameraDirectory
from devices.cameras.evidence import EvidenceWorker
from devices.cameras.intake import CameraIntake
from devices.cameras.model import Camera
from devices.cameras.service import CameraService, NewCamera
from devices.ingest.service import IngestService
from devices.inventory.directory import DeviceDirectory
from devices.inventory.sealing import DeviceSafe
from devices.inventory.service import DeviceService
from devices.registry import installed
from parking.privacy.vault import PlateVault
from parking.sessions.tables import SessionRow
from tests.api.http_process import SECRET
from tests.api.terminals.terminal import City
from tests.devices.ingest.streams import MemoryStream
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
PLATE = "鲁C12345"


class Lane:
    """A camera at the barrier of GATE that tells which way vehicles go."""

    def __init__(self, city: City) -> None:
        self.city = city
        devices = DeviceDirectory(city.database)
        self._directories = (devices, CameraDirectory(city.database, devices))
        vault = PlateVault.from_setting(SECRET)
        ingest = IngestService(devices, MemoryStream(), self._now)
        parts = (city.database, self._directories[1], devices)
        self.intake = CameraIntake(*parts, ingest, installed(), vault, self._now)
        gate = FacilityGate(city.database, vault, self._now)
        self.worker = EvidenceWorker(*parts, installed(), vault, gate, self._now)
        self.camera = Camera(camera_id="lane-1", adapter="hikvision", mode="push", facility_id="GATE", passing="both")

    def _now(self) -> datetime:
        return self.city.now

    async def installed(self) -> None:
        devices = DeviceService(installed(), self._now)
        service = CameraService(installed(), devices, DeviceSafe(SECRET), self._now)
        async with self.city.database.transaction() as session:
            await service.add(session, NewCamera(camera=self.camera))
        for directory in self._directories:
            await directory.refresh()

    async def reads(self, when: datetime, direction: str, *, plate: str = PLATE, confidence: int = 97) -> None:
        self.city.now = when
        anpr = {"licensePlate": plate, "confidenceLevel": confidence, "direction": direction, "line": 1}
        body = json.dumps({"eventType": "ANPR", "dateTime": when.isoformat(), "ANPR": anpr}).encode()
        await self.intake.take(self.camera, body, media_type="application/json")
        while await self.worker.work_one():
            pass


async def test_stay_at_the_lot_begins_and_ends_when_the_camera_reads_both_ways(city: City) -> None:
    lane = Lane(city)
    await lane.installed()
    for _ in range(2):
        await lane.reads(at("08:00"), "forward")
    await lane.reads(at("08:05"), "forward", plate="鲁C54321", confidence=60)
    await lane.reads(at("09:10"), "reverse")
    async with city.database.transaction() as session:
        (stay,) = await session.scalars(select(SessionRow))
    assert (stay.facility_id, stay.state, stay.started_at, stay.ended_at) == ("GATE", "ended", at("08:00"), at("09:10"))
