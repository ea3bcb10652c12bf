"""From sightings to what enters the stream of readings, and what becomes of each message. Pure.

A camera stands behind its bays: who speaks as the camera speaks for them, and for nothing else. What it says of itself is
said of all its bays: that its view has moved voids the word of each, that it lives keeps the word of each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from devices.cameras.model import Camera, bay_device, camera_of
from devices.ingest.admission import UNKNOWN_DEVICE, Refusal, admit, is_plausible, unknown_device
from devices.ingest.report import Rejected
from devices.ingest.speaker import Speaker
from devices.inventory.model import DeviceEntry
from devices.ports import Sighting
from parking.domain.clock import to_micros
from parking.occupancy.evidence import STATE_KINDS, EvidenceKind, Observation
from parking.raw.model import Outcome

LIFE_EVERY_US: Final = 60_000_000
"""A camera beats every few seconds; its bays are told to live once a minute."""
BAYS_LIVE: Final = "bays_live"
"""Code of the outcome of a message that told them, so that a replay tells them by the same messages."""


@dataclass(frozen=True)
class CameraSpeaker:
    """The identity of a camera, proved by its key or login; it covers itself and its bays."""

    speaker_id: str
    district_id: str | None = None
    """Where its key reaches; None is everywhere."""

    def covers(self, device_id: str, district_id: str) -> bool:
        own = device_id == self.speaker_id or camera_of(device_id) == self.speaker_id
        return own and self.district_id in {None, district_id}


@dataclass(slots=True)
class Observed:
    """What one message of a camera came to."""

    observations: list[Observation] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    places: dict[int, Observation] = field(default_factory=dict)
    """By the number of the sighting: the device and space that it is about."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One camera with its bays as the registry knows them now."""

    camera: Camera
    entries: Mapping[str, DeviceEntry]
    bays: Sequence[str]
    speaker: Speaker


def observe(scene: Scene, sightings: Sequence[Sighting], now: int, *, tells_life: bool) -> Observed:
    """Sightings at their places, or why not. `tells_life` when the bays have not been told for a while that it lives."""
    observed = Observed()
    told = False
    for index, sighting in enumerate(sightings):
        device_id = _device_of(scene, sighting)
        if device_id is not None:
            _at_bay(scene, index, sighting, device_id, now, observed)
        elif sighting.fault is not None:
            _of_all_bays(scene, sighting, "fault", now, observed)
            observed.outcomes.append(Outcome("status", scene.camera.camera_id, detail=sighting.fault))
        else:
            if tells_life and not told:
                _of_all_bays(scene, sighting, "telemetry", now, observed)
                told = True
            code = BAYS_LIVE if told else None
            observed.outcomes.append(Outcome("status", scene.camera.camera_id, code, detail=_word(sighting)))
    return observed


def _device_of(scene: Scene, sighting: Sighting) -> str | None:
    """The bay that a sighting names; a plate without a bay is of the one that is registered under its channel or lane."""
    camera_id = scene.camera.camera_id
    if sighting.bay is not None:
        return bay_device(camera_id, sighting.bay)
    if sighting.kind != "plate":
        return None
    candidates = (bay_device(camera_id, name) for name in (sighting.channel, sighting.lane) if name)
    return next((device_id for device_id in candidates if device_id in scene.entries), None)


def _at_bay(scene: Scene, index: int, sighting: Sighting, device_id: str, now: int, observed: Observed) -> None:
    entry = scene.entries.get(device_id)
    at = observed_at(entry, sighting, now)
    found = unknown_device(device_id) if entry is None else admit(entry, at, now, scene.speaker)
    if entry is None or isinstance(found, Refusal):
        refusal = found if isinstance(found, Refusal) else unknown_device(device_id)
        observed.rejected.append(Rejected(index, refusal.code, refusal.detail))
        kind: Final = "unknown_device" if refusal.code == UNKNOWN_DEVICE else "refused"
        observed.outcomes.append(Outcome(kind, device_id[:64], refusal.code))
        return
    observation = Observation(
        device_id,
        found.space_id,
        found.zone_id,
        _kind(sighting),
        sighting.status,
        at,
        now,
        entry.silence_s,
        event_id=_event_id(scene.camera, sighting),
        confidence=sighting.confidence,
        device_at=_micros(sighting.device_at or sighting.observed_at),
        fault=sighting.fault,
        trusted=entry.trusted,
        source="gate" if sighting.kind == "plate" else entry.source,
    )
    observed.observations.append(observation)
    observed.places[index] = observation
    observed.outcomes.append(Outcome("data", device_id))


def _kind(sighting: Sighting) -> EvidenceKind:
    """Back-dated evidence is kept and never moves a state, whenever it comes."""
    return "telemetry" if sighting.look_back and sighting.kind in STATE_KINDS else sighting.kind


def _of_all_bays(scene: Scene, sighting: Sighting, kind: EvidenceKind, now: int, observed: Observed) -> None:
    event_id = _event_id(scene.camera, sighting)
    for entry in _watching(scene, now):
        at = observed_at(entry, sighting, now)
        watch = entry.watch_at(at)
        if watch is not None:
            observed.observations.append(
                Observation(
                    entry.device.device_id,
                    watch.space_id,
                    watch.zone_id,
                    kind,
                    None,
                    at,
                    now,
                    entry.silence_s,
                    event_id=event_id,
                    device_at=_micros(sighting.device_at or sighting.observed_at),
                    fault=sighting.fault,
                    trusted=entry.trusted,
                    source=entry.source,
                )
            )


def _watching(scene: Scene, now: int) -> Iterator[DeviceEntry]:
    for device_id in scene.bays:
        entry = scene.entries.get(device_id)
        if entry is not None and not isinstance(admit(entry, now, now, scene.speaker), Refusal):
            yield entry


def observed_at(entry: DeviceEntry | None, sighting: Sighting, now: int) -> int:
    """The camera's time, less the offset learnt of its clock, where that can be right; else the receipt."""
    if sighting.observed_at is None:
        return now
    offset = None if entry is None else entry.clock_offset_us
    at = to_micros(sighting.observed_at) - (offset or 0)
    return at if is_plausible(at, now) else now


def _event_id(camera: Camera, sighting: Sighting) -> str | None:
    return None if sighting.event_id is None else f"{camera.adapter}/{sighting.event_id}"


def _word(sighting: Sighting) -> str:
    return str(sighting.fields.get("event_type", sighting.fields.get("event", sighting.kind)))[:64]


def _micros(instant: datetime | None) -> int | None:
    return None if instant is None else to_micros(instant)
