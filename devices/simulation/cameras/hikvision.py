"""A camera that pushes, in Hikvision's words: changes with pictures, polls, timed snapshots for looking back, its own view.

What it posts it posts until it is answered; a pause of the platform is caught up with, in order.
"""

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from devices.adapters import multipart
from devices.simulation.cameras.pictures import scene
from devices.simulation.cameras.views import CameraView, Seen
from devices.transport.ports import Answer, Poster

BOUNDARY: Final = "MIME_boundary"
MEDIA_TYPE: Final = f"multipart/form-data; boundary={BOUNDARY}"
_ALERT: Final = """<?xml version="1.0" encoding="UTF-8"?>
<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"><channelID>1</channelID>\
<dateTime>{at}</dateTime><eventType>{kind}</eventType><eventState>{state}</eventState></EventNotificationAlert>"""


class HikvisionCamera:
    """`post` carries a body with its type to the platform, once and for all."""

    def __init__(self, camera_id: str, view: CameraView, poster: Poster, *, now: Callable[[], datetime]) -> None:
        self.view = view
        self._poster = poster
        self._now = now
        self._path = f"/v1/cameras/hikvision?camera={camera_id}"
        self._camera_id = camera_id

    async def comes(self, bay: str, plate: str | None = None) -> Answer | None:
        """A vehicle parks; None when the camera does not notice."""
        seen = self.view.comes(bay, plate)
        return None if seen is None else await self._tell([seen], "change", moved="enter")

    async def goes(self, bay: str) -> Answer | None:
        seen = self.view.goes(bay)
        return None if seen is None else await self._tell([seen], "change", moved="exit")

    async def polls(self) -> Answer:
        """Repeats what it believes of every bay; set up wrongly, as if it happened."""
        if not self.view.faults.polls_as_events:
            return await self._tell(self.view.looks(), "polling")
        seen = [bay for bay in self.view.looks() if bay.occupied] or self.view.looks()
        return await self._tell(seen, "change", moved="enter" if seen[0].occupied else "exit")

    async def looks_back(self, at: datetime, seen: list[Seen]) -> Answer:
        """Sends what pictures of an earlier moment show to whoever looks at them again."""
        return await self._tell(seen, "timedSnapshot", at=at)

    async def is_turned(self) -> Answer:
        """Somebody moves it, and it says so."""
        return await self._alert("scenechangedetection", "active")

    async def beats(self) -> Answer:
        """The maker's sign of life: an alert that is none."""
        return await self._alert("videoloss", "inactive")

    async def _alert(self, kind: str, state: str) -> Answer:
        return await self._post(_ALERT.format(at=self._now().isoformat(), kind=kind, state=state).encode(), [])

    async def _tell(
        self, seen: list[Seen], trigger: str, *, moved: str | None = None, at: datetime | None = None
    ) -> Answer:
        instant = (at or self._now()).isoformat()
        spaces: list[dict[str, Any]] = [
            {
                "absoulteParkingNum": bay.bay,
                "isParked": "yes" if bay.occupied else "no",
                "plateNo": bay.plate or "",
                "plateConfidence": bay.confidence,
                **({} if moved is None else {"vehicleEnterState": moved}),
                **({} if at is None else {"alarmStartTime": instant}),
            }
            for bay in seen
        ]
        document = {
            "ipAddress": "192.0.2.10",
            "channelID": 1,
            "dateTime": instant,
            "activePostCount": 1,
            "eventType": "PackingSpaceRecognition",
            "eventState": "active",
            "triggerType": trigger,
            "UUID": str(uuid.uuid4()),
            "PackingSpaceRecognition": spaces,
        }
        pictures = [] if trigger == "polling" else [scene(self.view.looks(), self.view.faults)]
        return await self._post(json.dumps(document).encode(), pictures)

    async def _post(self, head: bytes, pictures: list[bytes]) -> Answer:
        kind = "application/json" if head.startswith(b"{") else "application/xml"
        parts = [multipart.Part("parkingSpaceDetection", kind, head)]
        parts += [multipart.Part("backgroundImage", "image/jpeg", picture) for picture in pictures]
        body = multipart.write(parts, BOUNDARY)
        return await self._poster.post(self._path, body, subject=self._camera_id)
