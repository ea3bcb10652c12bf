"""The one way in for what cameras say, whoever brings it: parsed, made durable, answered; pictures and plates are filed for later.

What a body says of spaces goes into the stream of readings with the body beside it, without pictures and plates. A body
that has any is kept sealed until the worker has brought them where they belong.
"""

import logging
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from devices.cameras import repository
from devices.cameras.directory import CameraDirectory
from devices.cameras.model import TOPIC, Camera, is_event
from devices.cameras.observing import BAYS_LIVE, LIFE_EVERY_US, CameraSpeaker, Observed, Scene, observe
from devices.cameras.redaction import redacted, without_pictures
from devices.cameras.repository import Waiting
from devices.ingest.parcel import Parcel
from devices.ingest.report import IngestReport, Rejected
from devices.ingest.service import IngestService
from devices.ingest.speaker import Speaker
from devices.inventory.model import Directory
from devices.ports import PayloadError, Sighting
from devices.registry import Registry
from parking.db.unit_of_work import Database
from parking.db.watch import OUTAGES
from parking.domain.clock import Clock, from_micros, to_micros
from parking.domain.errors import UnavailableError
from parking.domain.sortable_ids import new_sortable_id
from parking.privacy.vault import PlateVault
from parking.raw.model import Door, Outcome, RawMessage

_KEY_BYTES: Final = 16

_log = logging.getLogger(__name__)


class CameraIntake:
    """One for each process that hears cameras."""

    def __init__(
        self,
        database: Database,
        cameras: CameraDirectory,
        devices: Directory,
        ingest: IngestService,
        registry: Registry,
        vault: PlateVault,
        clock: Clock,
    ) -> None:
        self._database = database
        self._cameras = cameras
        self._devices = devices
        self._ingest = ingest
        self._registry = registry
        self._vault = vault
        self._clock = clock
        self._told: dict[str, int] = {}
        """When the bays of each camera were last told that it lives."""
        self._failures: set[tuple[str, str]] = set()

    async def take(
        self,
        camera: Camera,
        body: bytes,
        *,
        media_type: str,
        event: str = "",
        door: Door = "camera",
        speaker: Speaker | None = None,
    ) -> IngestReport:
        """Durable when it returns. A body that cannot be read is an error record, never an exception.

        Raises `UnavailableError`: then the camera is to send it again, which has no second effect.
        """
        now = to_micros(self._clock())
        speaker = speaker or CameraSpeaker(camera.camera_id)
        sightings, refusal = self._parse(camera, body, media_type, event)
        if refusal is not None:
            # What cannot be read may hold anything, so its length is all that is kept of it.
            outcome = Outcome("undecodable", camera.camera_id, refusal.code, detail=f"{len(body)} bytes")
            parcel = Parcel(rejected=[refusal], raw=self._raw(camera, b"", media_type, event, door, now, [outcome]))
            return await self._ingest.submit([parcel])
        observed = self._observe(camera, sightings, now, speaker)
        kept, kept_type = redacted(body, media_type, sightings)
        raw = self._raw(camera, kept, kept_type, event, door, now, observed.outcomes)
        report = await self._ingest.submit([Parcel(observed.observations, observed.rejected, raw)])
        if any(map(_shows_event, sightings)):
            await self._file(camera, body, media_type, event, now, sightings)
        elif any(sighting.plate is not None for sighting in sightings):
            await self._file(camera, *without_pictures(body, media_type), event, now, sightings)
        return report

    async def take_published(self, topic: str, body: bytes) -> IngestReport:
        """As `take`, for what a camera publishes below its own id; the broker's login proves who it is."""
        camera = self._cameras.get(topic.removeprefix(f"{TOPIC}/").partition("/")[0])
        if camera is None:
            return IngestReport(rejected=[Rejected(0, "unknown_device", "no camera is registered under this topic")])
        return await self.take(camera, body, media_type="application/json", event=topic)

    async def tell(self, camera: Camera, code: str | None, *, door: Door = "pull") -> None:
        """Write down that a camera is reached, or why it is not; raises `UnavailableError`."""
        now = to_micros(self._clock())
        outcome = Outcome(
            "status" if code is None else "error", camera.camera_id, code, detail="connected" if code is None else ""
        )
        await self._ingest.submit([Parcel(raw=self._raw(camera, b"", "", "connection", door, now, [outcome]))])

    def examine_again(self, message: RawMessage, speaker: Speaker) -> Parcel:
        """As if a kept message came now, at the time at which it came; what the registry says today counts."""
        camera = self._cameras.get(message.speaker)
        if camera is None or not message.body:
            return Parcel()
        sightings, refusal = self._parse(camera, message.body, message.media_type, message.event)
        if refusal is not None:
            return Parcel(rejected=[refusal])
        tells_life = any(outcome.code == BAYS_LIVE for outcome in message.outcomes)
        observed = self._scene_of(camera, sightings, message.received_at, speaker, tells_life=tells_life)
        return Parcel(observed.observations, observed.rejected)

    def _parse(
        self, camera: Camera, body: bytes, media_type: str, event: str
    ) -> tuple[Sequence[Sighting], Rejected | None]:
        adapter = self._registry.camera(camera.adapter)
        try:
            return adapter.parse(body, media_type=media_type, zone=camera.time_zone, event=event), None
        except PayloadError as error:
            return (), Rejected(0, error.code, error.detail)
        except Exception as error:  # noqa: BLE001 - adapters of other people's packages run here as well
            kind = type(error).__name__
            if (camera.adapter, kind) not in self._failures:
                self._failures.add((camera.adapter, kind))
                # Without its text and traceback: either may quote a plate.
                _log.error("the camera adapter %s fails with %s", camera.adapter, kind)
            return (), Rejected(0, "adapter_failed", "the adapter of this camera failed")

    def _observe(self, camera: Camera, sightings: Sequence[Sighting], now: int, speaker: Speaker) -> Observed:
        tells_life = now - self._told.get(camera.camera_id, 0) >= LIFE_EVERY_US
        observed = self._scene_of(camera, sightings, now, speaker, tells_life=tells_life)
        if tells_life and any(outcome.code == BAYS_LIVE for outcome in observed.outcomes):
            self._told[camera.camera_id] = now
        return observed

    def _scene_of(
        self, camera: Camera, sightings: Sequence[Sighting], now: int, speaker: Speaker, *, tells_life: bool
    ) -> Observed:
        scene = Scene(
            camera=camera,
            entries=self._devices.entries,
            bays=self._cameras.bays(camera.camera_id),
            speaker=speaker,
        )
        return observe(scene, sightings, now, tells_life=tells_life)

    def _raw(
        self,
        camera: Camera,
        body: bytes,
        media_type: str,
        event: str,
        door: Door,
        now: int,
        outcomes: list[Outcome],
    ) -> RawMessage:
        return RawMessage(
            now, door, camera.adapter, event, camera.camera_id, body, outcomes, media_type=media_type[:200]
        )

    async def _file(
        self, camera: Camera, body: bytes, media_type: str, event: str, now: int, sightings: Sequence[Sighting]
    ) -> None:
        """Keep the body for the worker; a copy has no effect."""
        received_at = from_micros(now)
        message_id = new_sortable_id(received_at)
        key_id, sealed = self._vault.seal_content(body, message_id)
        waiting = Waiting(
            message_id=message_id,
            camera_id=camera.camera_id,
            message_key=_message_key(camera, body, sightings),
            adapter=camera.adapter,
            media_type=media_type,
            event=event,
            received_at=received_at,
            tries=0,
            key_id=key_id,
            sealed=sealed,
        )
        try:
            async with self._database.transaction() as session:
                await repository.file_message(session, waiting)
        except OUTAGES as error:
            raise UnavailableError(
                "pictures cannot be kept now; send the message again", code="database_unavailable"
            ) from error


def _shows_event(sighting: Sighting) -> bool:
    """Whether its pictures are evidence; those of a poll are not kept."""
    return bool(sighting.pictures) and is_event(sighting)


def _message_key(camera: Camera, body: bytes, sightings: Sequence[Sighting]) -> str:
    """By the events that it tells of; where one has no id, by its bytes."""
    names = [f"{sighting.event_id}/{sighting.index}" for sighting in sightings if sighting.event_id is not None]
    digest = blake2b(f"{camera.camera_id}/{camera.adapter}\0".encode(), digest_size=_KEY_BYTES)
    digest.update("\0".join(names).encode() if len(names) == len(sightings) else body)
    return digest.hexdigest()
