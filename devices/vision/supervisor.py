"""Looks through every registered plain camera, each at its own pace, and hands in what was seen like any camera's message."""

import asyncio
import logging
from typing import Final

import msgspec

from devices.cameras.directory import CameraDirectory
from devices.cameras.intake import CameraIntake
from devices.cameras.model import Camera
from devices.cameras.service import CameraService
from devices.vision import repository
from devices.vision.classifier import Classifier
from devices.vision.frames import FrameInvalidError, FrameUnavailableError, Login, open_source
from devices.vision.looking import Looker
from devices.vision.repository import StoredView
from devices.vision.view import Sight, ViewWatch
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import ParkingError

EVERY_S: Final = 60
"""Between two looks where the registration says nothing: five looks within a heartbeat of the profile."""
AGAIN_S: Final = 5.0
"""Before the look through a camera begins anew that met a defect of ours."""
UNREACHABLE: Final = "camera_unreachable"
MODE: Final = "frames"

_log = logging.getLogger(__name__)


class VisionSupervisor:
    """One at a time in an installation. `refresh` is called whenever the registry has changed."""

    def __init__(
        self,
        database: Database,
        cameras: CameraDirectory,
        service: CameraService,
        intake: CameraIntake,
        clock: Clock,
    ) -> None:
        self._database = database
        self._cameras = cameras
        self._service = service
        self._intake = intake
        self._clock = clock
        self._changed = asyncio.Event()
        self._classifier: Classifier | None = None

    async def refresh(self) -> None:
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        running: dict[str, tuple[tuple[Camera, StoredView], asyncio.Task[None]]] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._changed.clear()
                wanted = await self._wanted()
                for camera_id, (pair, task) in list(running.items()):
                    if wanted.get(camera_id) != pair:
                        task.cancel()
                        del running[camera_id]
                for camera_id, pair in wanted.items():
                    if camera_id not in running:
                        running[camera_id] = pair, tasks.create_task(self._watch(*pair))
                await self._changed.wait()

    async def _wanted(self) -> dict[str, tuple[Camera, StoredView]]:
        cameras = {one.camera_id: one for one in self._cameras.all().values() if one.mode == MODE}
        if not cameras:
            return {}
        async with self._database.transaction() as session:
            views = await repository.listed(session)
        return {view.camera_id: (cameras[view.camera_id], view) for view in views if view.camera_id in cameras}

    async def _watch(self, camera: Camera, view: StoredView) -> None:
        """Nothing that one camera does ends the look through another."""
        while True:
            try:
                await self._look_on(camera, view)
            except ParkingError as error:
                _log.warning("camera %s is not looked through: %s", camera.camera_id, error.code)
            except Exception:  # noqa: BLE001 - decoders of other people's pictures run here
                _log.exception("the look through camera %s begins anew", camera.camera_id)
            await asyncio.sleep(AGAIN_S)

    async def _look_on(self, camera: Camera, view: StoredView) -> None:
        login = self._service.login_of(camera)
        source = open_source(camera.address or "", None if login is None else Login(*login))
        watch = None if view.sight is None else ViewWatch(Sight.unpacked(view.sight))
        looker = Looker(source, view.outlines, await self._opened(), watch)
        loop = asyncio.get_running_loop()
        is_away: bool | None = None
        try:
            while True:
                due = loop.time() + (camera.interval_s or EVERY_S)
                is_away = await self._look_once(camera, looker, is_away=is_away)
                if watch is None and looker.watch is not None:
                    watch = looker.watch
                    await self._remember(view, watch)
                await asyncio.sleep(max(0.0, due - loop.time()))
        finally:
            await looker.close()

    async def _look_once(self, camera: Camera, looker: Looker, *, is_away: bool | None) -> bool:
        """Whether the camera was away this time; `is_away` is None before the first look."""
        try:
            look = await looker.look(self._clock())
        except (FrameUnavailableError, FrameInvalidError) as error:
            if not is_away:
                _log.warning("camera %s gives no frame: %s", camera.camera_id, error.code)
                await self._intake.tell(camera, UNREACHABLE)
            return True
        if is_away is not False:
            await self._intake.tell(camera, None)
        if look is not None:
            await self._intake.take(camera, msgspec.json.encode(look), media_type="application/json", door="pull")
        return False

    async def _opened(self) -> Classifier:
        """The network is read once, when the first camera is looked through."""
        if self._classifier is None:
            self._classifier = await asyncio.to_thread(Classifier)
        return self._classifier

    async def _remember(self, view: StoredView, watch: ViewWatch) -> None:
        async with self._database.transaction() as session:
            await repository.remember(session, view, watch.reference.packed())
