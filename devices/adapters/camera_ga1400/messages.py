"""The names of GA/T 1400 objects, as far as we read them.

Sources: public clients and servers of the interface (MotorVehicleObject, SubImageInfoObject, SubscribeNotificationObject,
DispositionNotificationObject, RegisterObject, KeepaliveObject, ResponseStatusObject) and `../shared/vectors/cameras.json`.
All values are texts for one maker and numbers for another; times are `yyyyMMddHHmmss` in local time.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from devices.adapters.camera_values import dictionary, items, text_of
from devices.ports import PictureRole

VEHICLES: Final = "MotorVehicleObject"
REGISTER: Final = "RegisterObject"
UNREGISTER: Final = "UnRegisterObject"
KEEPALIVE: Final = "KeepaliveObject"
SIGNS_OF_LIFE: Final = (REGISTER, UNREGISTER, KEEPALIVE)
PICTURE_TYPES: Final[Mapping[str, PictureRole]] = {
    "01": "vehicle",
    "02": "plate",
    "03": "plate",
    "09": "vehicle",
    "14": "scene",
}
"""`Type` of a SubImageInfoObject: vehicle, plate in colour, plate in two colours, a cut-out, the whole scene."""
LISTS: Final = frozenset(
    ("DispositionNotificationListObject", "SubscribeNotificationListObject", "MotorVehicleListObject")
)
KNOWN: Final = LISTS | {"DispositionNotificationObject", "SubscribeNotificationObject", VEHICLES, *SIGNS_OF_LIFE}
_DEEPEST: Final = 8
_STAMP: Final = "%Y%m%d%H%M%S"
_SECONDS: Final = 14


def vehicles(node: object, depth: int = _DEEPEST) -> Iterator[dict[str, Any]]:
    """Every motor vehicle in a document, whichever lists it stands in, with what the notification above it says."""
    if depth == 0:
        return
    for part in items(node):
        for name, value in dictionary(part).items():
            if name == VEHICLES:
                yield from (one for one in items(value) if isinstance(one, dict))
            elif isinstance(value, dict | list):
                yield from vehicles(value, depth - 1)


def stamp(value: object, zone: tzinfo) -> datetime | None:
    """`yyyyMMddHHmmss`, with milliseconds behind it where a maker writes them; an unreadable one is as good as none."""
    text = text_of(value)
    if text is None or not text.isascii() or not text.isdigit() or len(text) < _SECONDS:
        return None
    try:
        return datetime.strptime(text[:_SECONDS], _STAMP).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
