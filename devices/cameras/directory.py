"""All cameras and their bays in memory, for a door that must not wait for the database."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import tzinfo

from devices.cameras import repository
from devices.cameras.model import Camera, camera_of
from devices.inventory.model import Directory
from parking.db.unit_of_work import Database


class CameraDirectory:
    """Refresh it after the directory of devices, with the same notification."""

    def __init__(self, database: Database, devices: Directory) -> None:
        self._database = database
        self._devices = devices
        self._cameras: Mapping[str, Camera] = {}
        self._bays: Mapping[str, tuple[str, ...]] = {}

    async def refresh(self) -> None:
        async with self._database.transaction() as session:
            cameras = await repository.listed(session)
        # In a thread: the devices of a large city take long enough to hold up whatever shares the process.
        self._bays = await asyncio.to_thread(_bays, self._devices.entries)
        self._cameras = {camera.camera_id: camera for camera in cameras}

    def get(self, camera_id: str) -> Camera | None:
        return self._cameras.get(camera_id)

    def all(self) -> Mapping[str, Camera]:
        return self._cameras

    def bays(self, camera_id: str) -> tuple[str, ...]:
        """The devices that its bays are."""
        return self._bays.get(camera_id, ())

    def zone(self, camera_id: str) -> tzinfo | None:
        camera = self._cameras.get(camera_id)
        return None if camera is None else camera.time_zone


def _bays(device_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    bays: defaultdict[str, list[str]] = defaultdict(list)
    for device_id in device_ids:
        camera_id = camera_of(device_id)
        if camera_id is not None:
            bays[camera_id].append(device_id)
    return {camera_id: tuple(sorted(found)) for camera_id, found in bays.items()}
