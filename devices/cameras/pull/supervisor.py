"""Keeps one watcher for each camera that is to be pulled, and follows the registry."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from devices.cameras.directory import CameraDirectory
from devices.cameras.intake import CameraIntake
from devices.cameras.model import Camera
from devices.cameras.pull.watcher import Watcher
from devices.cameras.service import CameraService
from devices.registry import Registry
from parking.domain.errors import ParkingError

AGAIN_S: Final = 5.0
"""Before a watcher that met a defect of ours begins anew."""

_log = logging.getLogger(__name__)


class CameraSupervisor:
    """One at a time in an installation. `refresh` is called whenever the registry has changed."""

    def __init__(
        self,
        cameras: CameraDirectory,
        service: CameraService,
        intake: CameraIntake,
        registry: Registry,
        *,
        placed: Callable[[Camera], Awaitable[None]],
    ) -> None:
        """`placed` returns once what a camera says of its bays can be believed: it says it when its stream opens, and not again."""
        self._cameras = cameras
        self._placed = placed
        self._service = service
        self._intake = intake
        self._registry = registry
        self._changed = asyncio.Event()

    async def refresh(self) -> None:
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        running: dict[str, tuple[Camera, asyncio.Task[None]]] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._changed.clear()
                wanted = {one.camera_id: one for one in self._cameras.all().values() if one.mode == "pull"}
                for camera_id, (camera, task) in list(running.items()):
                    if wanted.get(camera_id) != camera:
                        task.cancel()
                        del running[camera_id]
                for camera_id, camera in wanted.items():
                    if camera_id not in running:
                        running[camera_id] = camera, tasks.create_task(self._watch(camera))
                await self._changed.wait()

    async def _watch(self, camera: Camera) -> None:
        """Nothing that one camera does ends the watch over another."""
        while True:
            try:
                await self._placed(camera)
                await self._started(camera)()
            except ParkingError as error:
                _log.warning("camera %s is not watched: %s", camera.camera_id, error.code)
            except Exception:  # noqa: BLE001 - adapters and cameras of other people meet here
                _log.exception("the watch over camera %s begins anew", camera.camera_id)
            await asyncio.sleep(AGAIN_S)

    def _started(self, camera: Camera) -> Callable[[], Awaitable[None]]:
        plan = self._registry.pull_plan(camera.adapter)
        if plan is None:
            raise ParkingError("such cameras are not pulled", code="mode_invalid")
        return Watcher(camera, plan, self._intake, self._service.login_of(camera)).run
