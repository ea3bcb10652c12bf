"""The part of a worker that has to do with cameras: those that are pulled, and what their messages show."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.gates.camera_readings import FacilityGate
from api.settings import Settings
from devices.cameras import repository
from devices.cameras.directory import CameraDirectory
from devices.cameras.evidence import EvidenceWorker
from devices.cameras.intake import CameraIntake
from devices.cameras.model import Camera
from devices.cameras.pull.supervisor import CameraSupervisor
from devices.cameras.service import CameraService
from devices.ingest.figures import IngestFigures
from devices.ingest.service import IngestService
from devices.inventory.directory import DeviceDirectory
from devices.inventory.sealing import DeviceSafe
from devices.inventory.service import DeviceService
from devices.registry import installed
from devices.vision.supervisor import VisionSupervisor
from parking.bus.lease import Lease
from parking.db.unit_of_work import Database
from parking.db.watch import watch
from parking.domain.clock import Clock, to_micros
from parking.occupancy.feed import EVERY_S as FED_EVERY_S
from parking.occupancy.live_reader import LiveReader
from parking.privacy.vault import PlateVault
from parking.raw.inbox import RedisInbox

PULL_LEASE: Final = "cameras:pull:lease"
LOOK_LEASE: Final = "cameras:look:lease"
LEASE_S: Final = 10.0
PLACED_WITHIN_S: Final = 2 * FED_EVERY_S
"""So long a camera waits for its zones; what is no longer in the inventory never comes."""
LOOK_S: Final = 0.2
Part = tuple[str, Callable[[], Awaitable[None]]]


class CameraWorking:
    """Making it connects to nothing."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        redis: Redis,
        clock: Clock,
        *,
        devices: DeviceDirectory,
        inbox: RedisInbox,
        figures: IngestFigures,
    ) -> None:
        """Whoever refreshes `devices` refreshes this afterwards."""
        self._database_url = settings.required_database_url
        self.directory = CameraDirectory(database, devices)
        vault = PlateVault.from_setting(settings.plate_key)
        ingest = IngestService(devices, inbox, clock, figures, inbox.watch.followed)
        self.intake = CameraIntake(database, self.directory, devices, ingest, installed(), vault, clock)
        safe = DeviceSafe(settings.secret_key)
        self.service = CameraService(installed(), DeviceService(installed(), clock), safe, clock)
        self._live, self._devices, self._clock = LiveReader(redis), devices, clock
        self._supervisor = CameraSupervisor(
            self.directory, self.service, self.intake, installed(), placed=self._until_placed
        )
        gate = FacilityGate(database, vault, clock)
        self._worker = EvidenceWorker(database, self.directory, devices, installed(), vault, gate, clock)
        self._lookers = VisionSupervisor(database, self.directory, self.service, self.intake, clock)
        self._pull_lease = Lease(redis, PULL_LEASE, lease_s=LEASE_S)
        self._look_lease = Lease(redis, LOOK_LEASE, lease_s=LEASE_S)

    def parts(self) -> list[Part]:
        return [
            ("the news of cameras' messages", self._follow_messages),
            ("the cameras that are pulled", lambda: self._pull_lease.lead(self._supervisor.run)),
            ("the plain cameras that are looked through", lambda: self._look_lease.lead(self._lookers.run)),
            ("the pictures and plates of cameras", self._worker.run),
        ]

    async def _follow_messages(self) -> None:
        await watch(self._database_url, repository.CHANNEL, self._worker.wake)

    async def _until_placed(self, camera: Camera) -> None:
        """Until the engine knows the zones of its bays, which at the first start it is told at the same time."""
        now = to_micros(self._clock())
        bays = [self._devices.entries.get(device_id) for device_id in self.directory.bays(camera.camera_id)]
        watches = [None if entry is None else entry.watch_at(now) for entry in bays]
        zones = {watch.zone_id for watch in watches if watch is not None}
        with suppress(TimeoutError, RedisError):
            async with asyncio.timeout(PLACED_WITHIN_S):
                while not await self._live.knows_zones(zones):  # noqa: ASYNC110 - only the store knows
                    await asyncio.sleep(LOOK_S)

    async def refresh(self) -> None:
        await self.directory.refresh()
        await self._supervisor.refresh()
        await self._lookers.refresh()
