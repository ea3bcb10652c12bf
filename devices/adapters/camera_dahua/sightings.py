"""What one event of Dahua's says, by the keys that its text and its JSON share."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from devices.adapters.camera_dahua.messages import FAULTS, SPACE_EVENTS, STATUSES
from devices.adapters.camera_values import event_id, from_epoch, plate_of, share, text_of, whole
from devices.ports import PayloadError, Picture, Sighting
from parking.occupancy.evidence import SensedStatus

_PLATES: Final = ("TrafficCar.PlateNumber", "Object.Text", "PlateNumber")
_FOREIGN_KEYS: Final = ("CardNo", "UserID", "CardName", "PlateNumber", "Object.Text")
"""Keys whose values tell of persons and vehicles; they stand in no field that is kept in clear."""


def of_event(event: Mapping[str, str], pictures: tuple[Picture, ...], zone: tzinfo | None) -> Sighting:
    """Raises `PayloadError` for an event that has no name."""
    name = event.get("TrafficCar.Event") or event.get("Code") or event.get("EventBaseInfo.Code")
    if not name:
        raise PayloadError("the event has no Code", code="field_missing")
    if name in SPACE_EVENTS or "ParkingSpaceStatus" in event:
        return _space(name, event, pictures, zone)
    if name.startswith("Traffic") or "TrafficCar.PlateNumber" in event:
        return _vehicle(name, event, pictures, zone)
    action = event.get("Action") or event.get("EventBaseInfo.Action") or "Start"
    fault = FAULTS.get(name) if action != "Stop" else None
    clock = _Clock.of(event, zone)
    return Sighting(
        kind="telemetry" if fault is None else "fault",
        channel=_channel(event),
        observed_at=clock.at,
        event_id=event_id(name, action, _channel(event), clock.at) if clock.at else None,
        fault=fault,
        fields={key: value for key, value in event.items() if not key.endswith(_FOREIGN_KEYS)},
    )


def of_status(status: Mapping[str, str], zone: tzinfo | None) -> Sighting:
    """One space of the read-back: it says what is, so it never counts as an arrival."""
    lane = _first(status, ("Lane", "nLane", "LaneNo", "ParkingNo"))
    bay = _first(status, ("CustomParkNo", "szCustomParkNo", "ParkNo", "Name")) or lane
    word = (_first(status, ("ParkingSpaceStatus", "Status", "ParkStatus", "emParkStatus", "State")) or "").lower()
    if bay is None or word not in STATUSES:
        raise PayloadError("a space of the read-back has no number or no status that is known", code="status_unknown")
    plate = plate_of(_first(status, ("PlateNumber", "Plate", "szPlate", "TrafficCar.PlateNumber")))
    del zone  # The read-back is of now; the time at which a car came is not the time of the statement.
    return Sighting(
        kind="restate",
        bay=bay,
        lane=lane,
        status=STATUSES[word],
        plate=plate,
        plate_texts=() if plate is None else (plate,),
        fields={"event": "read-back"},
    )


def _space(name: str, event: Mapping[str, str], pictures: tuple[Picture, ...], zone: tzinfo | None) -> Sighting:
    """A space that was taken or left; under another name, a status that merely stands beside something else."""
    lane = event.get("TrafficCar.Lane") or event.get("Lane")
    bay = event.get("TrafficCar.CustomParkNo") or event.get("CustomParkNo") or lane
    if not bay:
        raise PayloadError("the space has no number", code="field_missing")
    word = event.get("ParkingSpaceStatus", "").lower()
    status: SensedStatus | None = SPACE_EVENTS.get(name) or STATUSES.get(word)
    if status is None or (word in STATUSES and STATUSES[word] != status):
        raise PayloadError("event and ParkingSpaceStatus do not say one status", code="status_unknown")
    clock = _Clock.of(event, zone)
    plate = _plate(event)
    return Sighting(
        kind="change" if name in SPACE_EVENTS else "restate",
        bay=bay,
        lane=lane,
        channel=_channel(event),
        status=status,
        plate=plate,
        plate_confidence=share(event.get("TrafficCar.Confidence")),
        observed_at=clock.at,
        device_at=clock.said,
        event_id=_group_id(name, event, clock, bay),
        index=whole(event.get("IndexInGroup")),
        pictures=pictures,
        plate_texts=_texts(event),
        fields=_fields(event, clock) | {"event": "enter" if status == "occupied" else "leave", "event_type": name},
    )


def _vehicle(name: str, event: Mapping[str, str], pictures: tuple[Picture, ...], zone: tzinfo | None) -> Sighting:
    clock = _Clock.of(event, zone)
    lane = event.get("Lane") or event.get("TrafficCar.Lane")
    return Sighting(
        kind="plate",
        lane=lane,
        channel=_channel(event),
        plate=_plate(event),
        plate_confidence=share(event.get("TrafficCar.Confidence")),
        direction=text_of(event.get("TrafficCar.Direction", event.get("DrivingDirection"))),
        observed_at=clock.at,
        device_at=clock.said,
        event_id=_group_id(name, event, clock, lane),
        index=whole(event.get("IndexInGroup")),
        pictures=pictures,
        plate_texts=_texts(event),
        fields=_fields(event, clock) | {"event": name},
    )


class _Clock:
    """What the camera's three clocks come to. `UTC` may be local time counted as UTC; `RealUTC` is right where it is given."""

    def __init__(self, at: datetime | None, said: datetime | None, offset_s: int | None) -> None:
        self.at, self.said, self.offset_s = at, said, offset_s

    @classmethod
    def of(cls, event: Mapping[str, str], zone: tzinfo | None) -> "_Clock":
        milliseconds = whole(event.get("UTCMS")) or 0
        told = whole(event.get("UTC", event.get("TrafficCar.UTC")))
        said, real = from_epoch(told, milliseconds), whole(event.get("RealUTC"))
        if real is not None and (right := from_epoch(real, milliseconds)) is not None:
            return cls(right, said, None if told is None else told - real)
        if said is None or zone is None:
            return cls(said, said, None)
        local = said.replace(tzinfo=zone)
        offset = local.utcoffset() or timedelta()
        return cls(local.astimezone(UTC), said, int(offset.total_seconds()))


def _group_id(name: str, event: Mapping[str, str], clock: _Clock, place: str | None) -> str:
    """The pictures of one vehicle come one by one with one GroupID."""
    group = event.get("GroupID", event.get("TrafficCar.GroupID"))
    if group is not None and group != "0":
        return event_id(name, _channel(event), group, place)
    return event_id(name, _channel(event), place, clock.said, event.get("EventID"))


def _plate(event: Mapping[str, str]) -> str | None:
    return next((plate for key in _PLATES if (plate := plate_of(event.get(key))) is not None), None)


def _texts(event: Mapping[str, str]) -> tuple[str, ...]:
    return tuple({plate for key in _PLATES if (plate := plate_of(event.get(key))) is not None})


def _channel(event: Mapping[str, str]) -> str | None:
    return event.get("Channel", event.get("EventBaseInfo.Index", event.get("Index")))


def _first(fields: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((fields[name] for name in names if fields.get(name)), None)


def _fields(event: Mapping[str, str], clock: _Clock) -> dict[str, object]:
    real = whole(event.get("RealUTC"))
    told: dict[str, object | None] = {
        # Beside a right time, the camera's own is no longer the device's.
        "device_utc_s" if real is None else "camera_utc_s": whole(event.get("UTC", event.get("TrafficCar.UTC"))),
        "device_utc_ms": whole(event.get("UTCMS")),
        "true_utc_s": real,
        "clock_offset_s": clock.offset_s,
        "vehicle_color": event.get("TrafficCar.VehicleColor"),
        "vehicle_type": event.get("Vehicle.Category"),
        "object_type": event.get("Vehicle.ObjectType"),
        "group_id": event.get("GroupID", event.get("TrafficCar.GroupID")),
        "index_in_group": whole(event.get("IndexInGroup")),
        "count_in_group": whole(event.get("CountInGroup")),
        "speed": event.get("TrafficCar.Speed"),
    }
    return {name: value for name, value in told.items() if value is not None}
