"""Turns ONVIF events into sightings. A rule named after a bay (`bay-12`) tells of that bay; all others only count."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, NamedTuple

from devices.adapters.camera_onvif.messages import FAULTS, Topic, bay_of, read_topic, section
from devices.adapters.camera_values import dictionary, document, event_id, instant, plate_of, share, text_of, whole
from devices.ports import PayloadError, Sighting
from parking.occupancy.evidence import EvidenceKind, SelfReport, SensedStatus

_YES: Final = frozenset({"true", "1", "active", "on", "yes"})
_COUNTS: Final = ("Count", "Occupancy", "Value", "count")
_STATES: Final = ("Occupied", "occupied", "State", "active")
_PASSAGES: Final[Mapping[tuple[str, ...], SensedStatus]] = {
    ("linedetector", "crossed"): "occupied",
    ("objecttrack", "aggregation"): "free",
}
"""How a public parking system uses these two rules, each for a bay: in over the line, out when the track ends."""
_PLATES: Final = ("PlateNumber", "LicensePlate", "Plate", "plateNumber")
_BARE: Final = frozenset({"heartbeat", "keepalive", "keep-alive", "status"})


class Onvif:
    """`event` is the MQTT topic; a document may also carry topic and payload itself."""

    def parse(
        self, body: bytes, *, media_type: str = "", zone: tzinfo | None = None, event: str = ""
    ) -> Sequence[Sighting]:
        del media_type  # MQTT has none.
        if not body.strip():
            return [_bare(read_topic(event))]
        whole_document = document(body)
        topic = text_of(whole_document.get("topic")) or text_of(whole_document.get("Topic")) or event
        payload = dictionary(whole_document.get("payload")) or whole_document
        if not topic:
            raise PayloadError("an ONVIF event comes with its topic", code="field_missing")
        parts = read_topic(topic)
        if not {"Source", "Data", "UtcTime", "Key"} & payload.keys():
            if parts.path or parts.prefix.rpartition("/")[2].lower() not in _BARE:
                raise PayloadError("neither Source nor Data", code="envelope_invalid")
            return [_bare(parts)]
        return [_sighting(parts, payload, zone)]


def _bare(topic: Topic) -> Sighting:
    """A message without content is a sign of life; the camera's own name of it is the end of the topic."""
    return Sighting(kind="telemetry", fields={"kind": "onvif_event", "topic": topic.prefix.rpartition("/")[2][:64]})


def _sighting(topic: Topic, payload: Mapping[str, Any], zone: tzinfo | None) -> Sighting:
    source, data = section(payload.get("Source")), section(payload.get("Data"))
    key = section(payload.get("Key"))
    at = instant(payload.get("UtcTime"), zone or UTC)
    bay = bay_of(source.get("Rule")) or bay_of(source.get("RuleName")) or bay_of(key.get("Rule")) or topic.bay
    path = [segment.lower() for segment in topic.path]
    plate = next((found for name in _PLATES if (found := plate_of(data.get(name))) is not None), None)
    kind, status, fault = _meaning(path, payload, data, bay, plate)
    count = next((number for name in _COUNTS if (number := whole(data.get(name))) is not None), None)
    fields: dict[str, object] = {
        "kind": "onvif_event",
        "topic": "/".join(topic.path),
        "prefix": topic.prefix,
        "source_token": topic.token,
        "source": source,
        "data": {name: value for name, value in data.items() if name not in _PLATES},
        "count": count,
    }
    return Sighting(
        kind=kind,
        bay=bay if status is not None else None,
        lane=None if status is not None else (topic.rest[0] if topic.rest else None),
        channel=text_of(source.get("VideoSourceConfigurationToken")) or text_of(source.get("VideoSource")),
        status=status,
        plate=plate,
        plate_confidence=share(data.get("Likelihood", data.get("Confidence"))),
        observed_at=at,
        event_id=_event_id(topic, at, kind, status, count),
        fault=fault,
        plate_texts=() if plate is None else (plate,),
        fields={name: value for name, value in fields.items() if value is not None},
    )


def _event_id(topic: Topic, at: datetime | None, kind: str, status: str | None, count: int | None) -> str | None:
    if at is None:
        return None
    return event_id(topic.prefix, *topic.path, topic.token, *topic.rest, at, kind, status, count)


class _Meaning(NamedTuple):
    """What an event comes to."""

    kind: EvidenceKind
    status: SensedStatus | None = None
    fault: SelfReport | None = None


_LIFE: Final = _Meaning("telemetry")


def _meaning(
    path: Sequence[str], payload: Mapping[str, Any], data: Mapping[str, Any], bay: str | None, plate: str | None
) -> _Meaning:
    """Only where a rule is named after a space does an event tell its state."""
    fault = next((FAULTS[segment] for segment in path if segment in FAULTS), None)
    if fault is not None:
        return _LIFE if _is_over(data) else _Meaning("fault", fault=fault)
    if plate is not None:
        return _Meaning("plate")
    status, is_passage = (None, False) if bay is None else _status(path, data)
    if status is None:
        return _Meaning("count") if any("counter" in segment for segment in path) else _LIFE
    is_first = str(payload.get("PropertyOperation", "")).lower() == "initialized"
    return _Meaning("restate" if is_first and not is_passage else "change", status)


def _status(path: Sequence[str], data: Mapping[str, Any]) -> tuple[SensedStatus | None, bool]:
    """What a rule for a bay says of it, and whether it saw a vehicle pass rather than stand."""
    passage = _PASSAGES.get(tuple(path[-2:]))
    if passage is not None:
        return passage, True
    if "occupancycounter" in path:
        count = next((number for name in _COUNTS if (number := whole(data.get(name))) is not None), None)
        return (None if count is None else "occupied" if count > 0 else "free"), False
    state = next((str(data[name]).lower() for name in _STATES if name in data), None)
    return (None if state is None else "occupied" if state in _YES else "free"), False


def _is_over(data: Mapping[str, Any]) -> bool:
    return any(str(data[name]).lower() not in _YES for name in ("State", "LogicalState") if name in data)


CAMERA = Onvif()
