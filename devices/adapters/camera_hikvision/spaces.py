"""Parking spaces as ISAPI tells them: one message, many spaces, flat or by detection region."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any, Final

from devices.adapters.camera_hikvision.messages import ENTER, IS_PARKED, LEAVE, PLATES, POLLS, SNAPSHOTS, SPACES
from devices.adapters.camera_values import BEIJING, event_id, instant, items, plate_of, share, text_of
from devices.ports import PayloadError, Picture, Sighting
from parking.occupancy.evidence import EvidenceKind, SensedStatus

LIST: Final = "PackingSpaceRecognition"
_EVENTS: Final[Mapping[str, SensedStatus]] = {"enter": "occupied", "leave": "free"}
_MOST_SPACES: Final = 1_000
_DEEPEST: Final = 6


def sightings(whole: Mapping[str, Any], pictures: tuple[Picture, ...], zone: tzinfo | None) -> list[Sighting] | None:
    """One for each space; None for a document that has no such list. Raises `PayloadError` where the list has no space."""
    outer = whole
    if LIST not in outer:
        nested = [value for value in whole.values() if isinstance(value, dict) and LIST in value]
        if not nested:
            return None
        outer = {**whole, **nested[0]}
    found = [_sighting(space, outer, pictures, zone) for space in _spaces(items(outer[LIST]), {}, _DEEPEST)]
    if not found:
        raise PayloadError(f"{LIST} names no space", code="field_missing")
    if len(found) > _MOST_SPACES:
        raise PayloadError(f"more than {_MOST_SPACES} spaces in one message", code="envelope_invalid")
    return found


def _spaces(nodes: list[Any], above: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    """Every object that numbers a space, with what stands above it: regions and pictures' lists lie between."""
    for node in nodes:
        if not isinstance(node, dict) or depth == 0:
            continue
        own = {name: value for name, value in node.items() if not isinstance(value, dict | list)}
        merged = {**above, **own}
        if any(name in node for name in SPACES):
            yield merged
            continue
        for value in node.values():
            if isinstance(value, dict | list):
                yield from _spaces(items(value), merged, depth - 1)


def _sighting(
    space: Mapping[str, Any], outer: Mapping[str, Any], pictures: tuple[Picture, ...], zone: tzinfo | None
) -> Sighting:
    bay = next((text for name in SPACES if (text := text_of(space.get(name))) is not None), None)
    if bay is None:
        raise PayloadError("a space has no number", code="field_missing")
    parked = _word(space.get("isParked"))
    if parked and parked not in IS_PARKED:
        raise PayloadError(f"isParked is {parked[:32]!r}", code="status_unknown")
    moved = _word(space.get("vehicleEnterState"))
    kind, look_back = kind_of(moved, _word(space.get("triggerType", outer.get("triggerType"))))
    at = text_of(space.get("alarmStartTime")) if look_back else None
    at = at or text_of(outer.get("dateTime")) or text_of(space.get("dateTime"))
    channel = text_of(outer.get("channelID")) or text_of(space.get("channelID"))
    event = "enter" if moved in ENTER else "leave" if moved in LEAVE else None
    status = IS_PARKED.get(parked) or _EVENTS.get(event or "")
    own = text_of(outer.get("UUID"))
    return Sighting(
        kind="telemetry" if status is None else kind,
        bay=bay,
        channel=channel,
        status=status,
        confidence=share(space.get("confidence", space.get("confidenceLevel"))),
        look_back=look_back,
        plate=next((plate for name in PLATES if (plate := plate_of(space.get(name))) is not None), None),
        plate_confidence=share(space.get("plateConfidence", space.get("entireBelieve"))),
        observed_at=instant(at, zone or BEIJING),
        event_id=event_id(own or "", kind, channel, bay, at, status),
        pictures=pictures,
        plate_texts=tuple({plate for name in PLATES if (plate := plate_of(space.get(name))) is not None}),
        fields={
            name: value
            for name, value in (
                ("event_type", text_of(outer.get("eventType"))),
                ("event", event),
                ("camera_ip", text_of(outer.get("ipAddress"))),
                ("device_time", at),
                ("trigger_type", text_of(outer.get("triggerType"))),
                ("virtual_space", text_of(space.get("virtualParkingNum"))),
            )
            if value is not None
        },
    )


def kind_of(moved: str, trigger: str) -> tuple[EvidenceKind, bool]:
    """What a message is: a change only where a vehicle moved and the camera did not merely poll or look back."""
    if trigger in SNAPSHOTS:
        return "restate", True
    if trigger in POLLS or moved not in ENTER | LEAVE:
        return "restate", False
    return "change", False


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (text_of(value) or "").lower()
