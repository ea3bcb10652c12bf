"""What a bridge to the maker's SDK posts: the fields of NET_DVR_AID_INFO in their own names, as JSON.

The SDK is a library of the maker's for other platforms and its structs are memory, not a wire; a bridge that receives
NET_DVR_TFS_ALARM writes down what it holds. `byState` decides: only 0 is an event, 1 is a poll, 2 a picture taken so that
vehicles can be found that the camera missed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from devices.adapters.camera_hikvision.messages import ENTER, LEAVE
from devices.adapters.camera_hikvision.spaces import kind_of
from devices.adapters.camera_values import BEIJING, dictionary, event_id, instant, plate_of, share, text_of, whole
from devices.ports import PayloadError, Picture, Sighting
from parking.occupancy.evidence import SensedStatus

_STATE: Final = "byVehicleEnterState"


def is_struct(document: Mapping[str, Any]) -> bool:
    """Whether these are fields of the SDK's."""
    return _STATE in document or _STATE in dictionary(document.get("struAIDInfo"))


def sighting(document: Mapping[str, Any], pictures: tuple[Picture, ...], zone: tzinfo | None) -> Sighting:
    """Raises `PayloadError` for values that the struct does not have."""
    info = {**document, **dictionary(document.get("struAIDInfo"))}
    plate_info = {**document, **dictionary(document.get("struPlateInfo"))}
    moved, state = whole(info.get(_STATE)), whole(info.get("byState", 0))
    bay = text_of(info.get("byParkingID"))
    if moved not in {0, 1, 2} or state not in {0, 1, 2}:
        raise PayloadError(f"{_STATE} and byState are 0 to 2", code="status_unknown")
    if bay is None:
        raise PayloadError("byParkingID is missing", code="field_missing")
    kind, look_back = kind_of(str(moved), str(state))
    status: SensedStatus | None = "occupied" if str(moved) in ENTER else "free" if str(moved) in LEAVE else None
    at = instant(info.get("dateTime"), zone or BEIJING) or _absolute(whole(info.get("dwAbsTime")), zone or BEIJING)
    plate = plate_of(plate_info.get("sLicense"))
    return Sighting(
        kind="telemetry" if status is None else kind,
        bay=bay.rstrip("\0"),
        channel=text_of(info.get("byChannel")),
        status=status,
        look_back=look_back,
        plate=plate,
        plate_confidence=share(plate_info.get("byEntireBelieve")),
        observed_at=at,
        event_id=event_id("AID", kind, bay, at, moved, info.get("dwSerialNo")),
        pictures=pictures,
        plate_texts=() if plate is None else (plate,),
        fields={"event": {1: "enter", 2: "leave"}.get(moved), "by_state": state, "lane": text_of(info.get("byLaneNo"))},
    )


def _absolute(packed: int | None, zone: tzinfo) -> datetime | None:
    """The SDK's absolute time: year from 2000 in 6 bits, month 4, day 5, hour 5, minute 6, second 6; local."""
    if packed is None or packed <= 0:
        return None
    try:
        return datetime(
            2000 + (packed >> 26 & 0x3F),
            packed >> 22 & 0xF,
            packed >> 17 & 0x1F,
            packed >> 12 & 0x1F,
            packed >> 6 & 0x3F,
            packed & 0x3F,
            tzinfo=zone,
        ).astimezone(UTC)
    except ValueError:
        return None
