"""Watches one camera: its stream, what it missed while it was away, and the waits between attempts."""

import asyncio
import logging
from typing import Final

from devices.cameras.intake import CameraIntake
from devices.cameras.model import Camera
from devices.cameras.pull.client import CameraAwayError, CameraClient
from devices.manifest import PullPlan
from parking.domain.errors import UnavailableError

WAITS_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Between attempts to reach it; the last one repeats."""
STORE_WAITS_S: Final = (0.2, 0.5, 1.0, 2.0)
READ_BACK: Final = "read-back"

_log = logging.getLogger(__name__)


class Watcher:
    """One for each camera that is pulled."""

    def __init__(
        self,
        camera: Camera,
        plan: PullPlan,
        intake: CameraIntake,
        login: tuple[str, str] | None,
        *,
        waits_s: tuple[float, ...] = WAITS_S,
    ) -> None:
        self._camera = camera
        self._plan = plan
        self._intake = intake
        self._client = CameraClient(camera.address or "", login, silence_s=plan.silence_s)
        self._waits_s = waits_s
        self._away: str | None = ""
        """Why it is away; None while it is reached, empty before anybody has tried."""

    async def run(self) -> None:
        """Until cancelled, through every loss of the camera."""
        failures = 0
        while True:
            try:
                async with self._client.stream(self._path(self._plan.stream)) as messages:
                    await self._reached()
                    await self._read_back()
                    async for body, media_type in messages:
                        failures = 0
                        await self._take(body, media_type)
            except CameraAwayError as error:
                await self._lost(error)
            await asyncio.sleep(self._waits_s[min(failures, len(self._waits_s) - 1)])
            failures += 1

    async def _read_back(self) -> None:
        """All that changed while nobody listened; asked after the stream is open, so that nothing falls between."""
        if not self._plan.read_back:
            return
        try:
            body, media_type = await self._client.read_back(self._path(self._plan.read_back))
        except CameraAwayError as error:
            if error.code == "camera_refused_login":
                raise
            _log.warning("camera %s streams and cannot be read back: %s", self._camera.camera_id, error)
            return
        await self._take(body, media_type, event=READ_BACK)

    async def _take(self, body: bytes, media_type: str, *, event: str = "") -> None:
        """Store it, however long that takes: the camera will not send it again."""
        attempt = 0
        while True:
            try:
                report = await self._intake.take(self._camera, body, media_type=media_type, event=event, door="pull")
            except UnavailableError as error:
                if attempt == 0:
                    _log.warning("what camera %s says waits: %s", self._camera.camera_id, error.code)
                await asyncio.sleep(STORE_WAITS_S[min(attempt, len(STORE_WAITS_S) - 1)])
                attempt += 1
                continue
            for code in {rejected.code for rejected in report.rejected}:
                _log.info("camera %s: refused (%s)", self._camera.camera_id, code)
            return

    async def _reached(self) -> None:
        if self._away is not None:
            _log.info("camera %s is reached", self._camera.camera_id)
            self._away = None
            await self._tell(None)

    async def _lost(self, error: CameraAwayError) -> None:
        """Told once for each reason, and not every minute between."""
        if self._away != error.code:
            _log.warning("camera %s is away: %s [%s]", self._camera.camera_id, error, error.code)
            self._away = error.code
            await self._tell(error.code)

    async def _tell(self, code: str | None) -> None:
        try:
            await self._intake.tell(self._camera, code)
        except UnavailableError as error:
            _log.warning("the state of camera %s is not written down: %s", self._camera.camera_id, error.code)

    def _path(self, path: str) -> str:
        return path.replace("{channel}", self._camera.channel)
