"""Dahua's words and what they mean to us, and the grammar of its lines `Events[n].key=value`.

Sources: public copies of the maker's HTTP API document (keys of an event, the request of snapManager), a public client of its
parking cameras (event names, CustomParkNo, ParkingSpaceStatus, the addresses of the stream and of the read-back), public tests of
the grammar, and `../shared/vectors/cameras.json`. No captured answer of the read-back is public: its lines are read with the keys
that the maker's SDK gives the same facts (nLane, szCustomParkNo, emParkStatus, szPlate).
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from devices.ports import PayloadError
from parking.occupancy.evidence import SelfReport, SensedStatus

HEARTBEAT: Final = "heartbeat"
PARKING: Final = "TrafficParkingSpaceParking"
NO_PARKING: Final = "TrafficParkingSpaceNoParking"
SPACE_EVENTS: Final[Mapping[str, SensedStatus]] = MappingProxyType({PARKING: "occupied", NO_PARKING: "free"})
STATUSES: Final[Mapping[str, SensedStatus]] = MappingProxyType(
    {
        "parking": "occupied",
        "parked": "occupied",
        "occupied": "occupied",
        "hascar": "occupied",
        "1": "occupied",
        "noparking": "free",
        "free": "free",
        "empty": "free",
        "idle": "free",
        "nocar": "free",
        "0": "free",
    }
)
"""Words after `ParkingSpaceStatus=` and in the read-back; no captured one is public, so several are taken."""
FAULTS: Final[Mapping[str, SelfReport]] = MappingProxyType(
    {
        "VideoBlind": "obstructed",
        "SceneChange": "view_moved",
        "MovedDetection": "view_moved",
        "VideoUnFocus": "view_dirty",
        "VideoAbnormalDetection": "view_dark",
    }
)
"""Events in which the camera speaks of its own view; they begin with Action Start and end with Stop."""

_EVENT = re.compile(r"(?:Return)?Events?\[(\d{1,4})\]\.(.+)\Z", re.IGNORECASE)
_STATUS = re.compile(r"(?:status|info|result|spaces?|ParkingSpace(?:Status)?)\[(\d{1,4})\]\.(.+)\Z", re.IGNORECASE)
_MOST_LINES: Final = 5_000


def read_events(text: str) -> list[dict[str, str]]:
    """The events of a text part, each with its keys; raises `PayloadError` where no line is one of an event's."""
    return _numbered(text, _EVENT)


def read_statuses(text: str) -> list[dict[str, str]]:
    """The spaces of a read-back, as `read_events`."""
    return _numbered(text, _STATUS)


def _numbered(text: str, pattern: re.Pattern[str]) -> list[dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for count, line in enumerate(text.splitlines()):
        if count > _MOST_LINES:
            raise PayloadError(f"more than {_MOST_LINES} lines", code="envelope_invalid")
        name, equals, value = line.partition("=")
        match = pattern.match(name.strip())
        if match is not None and equals:
            found.setdefault(int(match[1]), {})[match[2]] = value.strip()
    if not found:
        raise PayloadError("no line is of the form Events[n].key=value", code="envelope_invalid")
    return [found[number] for number in sorted(found)]
