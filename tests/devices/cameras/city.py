"""The smallest city with a camera over one of its spaces, and all that hears it, in one process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

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
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.evidence.model import EvidenceItem
from parking.evidence.service import listed as evidence_listed
from parking.sessions.model import ParkingSession
from parking.sessions.service import start
from tests.devices.ingest.streams import MemoryStream
from tests.parking.sessions.city import SPACE, VAULT, build

SECRET = "s" * 32
BAY = "A-12"
REGISTERED = timedelta(hours=2)
"""How long ago the camera was put up."""


class NoGate:
    """The camera of this city stands at no gate."""

    async def passed(self, *_told: object, **_facts: object) -> None:
        raise AssertionError("nothing passes a gate here")


@dataclass(kw_only=True)
class CameraCity:
    """`stream` holds what the engine would be given."""

    database: Database
    camera: Camera
    devices: DeviceDirectory
    cameras: CameraDirectory
    service: CameraService
    intake: CameraIntake
    worker: EvidenceWorker
    stream: MemoryStream
    ahead: timedelta = timedelta()
    """How far the city's clock is ahead of ours."""

    def now(self) -> datetime:
        return utc_now() + self.ahead

    async def begin(self, at: datetime, plate: str | None = None) -> ParkingSession:
        """A stay on the space, as its sensor or a person begins it."""
        async with self.database.transaction() as session:
            sealed = None if plate is None else await VAULT.seal(session, plate, at)
            begun = await start(session, space_id=SPACE, started_at=at, source="terminal", now=self.now(), plate=sealed)
        return begun.stay

    async def work(self) -> int:
        """Work off all that is due; answers how many."""
        done = 0
        while await self.worker.work_one():
            done += 1
        return done

    async def pictures(self) -> Sequence[EvidenceItem]:
        async with self.database.transaction() as session:
            return await evidence_listed(session, space_id=SPACE)

    async def waiting(self) -> int:
        async with self.database.transaction() as session:
            return int(await session.scalar(text("SELECT count(*) FROM camera_message WHERE sealed IS NOT NULL")) or 0)


async def camera_city(
    database: Database,
    *,
    adapter: str = "hikvision",
    address: str | None = None,
    password: str | None = None,
    zone: str | None = None,
) -> CameraCity:
    await build(database)
    city: CameraCity

    def now() -> datetime:
        return city.now()

    devices = DeviceDirectory(database)
    cameras = CameraDirectory(database, devices)
    stream = MemoryStream()
    intake = CameraIntake(database, cameras, devices, IngestService(devices, stream, now), installed(), VAULT, now)

    def earlier() -> datetime:
        return utc_now() - REGISTERED

    service = CameraService(installed(), DeviceService(installed(), earlier), DeviceSafe(SECRET), earlier)
    camera = Camera(
        camera_id="C1",
        adapter=adapter,
        mode="push" if address is None else "pull",
        address=address,
        username="admin" if address else None,
        zone=zone,
    )
    async with database.transaction() as session:
        camera = await service.add(session, NewCamera(camera=camera, bays={BAY: SPACE}, password=password))
    await devices.refresh()
    await cameras.refresh()
    worker = EvidenceWorker(database, cameras, devices, installed(), VAULT, NoGate(), now)
    city = CameraCity(
        database=database,
        camera=camera,
        devices=devices,
        cameras=cameras,
        service=service,
        intake=intake,
        worker=worker,
        stream=stream,
    )
    return city
