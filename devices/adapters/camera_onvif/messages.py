"""ONVIF's event as JSON and its topic.

Sources: ONVIF Core Specification, event handling over MQTT (topic `{prefix}/onvif-ej/{topic}/{source}`); public parsers for
Hanwha and Bosch cameras (both forms of Source and Data; the topics); `../shared/vectors/cameras.json`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from devices.adapters.camera_values import dictionary, items
from parking.occupancy.evidence import SelfReport

MARK: Final = "onvif-ej"
_BAY = re.compile(r"(?:bay|space|泊位|车位)[\s_#-]*([A-Za-z0-9][A-Za-z0-9._-]{0,31})\Z", re.IGNORECASE)
FAULTS: Final[Mapping[str, SelfReport]] = MappingProxyType(
    {
        "globalscenechange": "view_moved",
        "cameraredirected": "view_moved",
        "tampering": "obstructed",
        "tamper": "obstructed",
        "imagetooblurry": "view_dirty",
        "imagetoodark": "view_dark",
        "imagetoobright": "view_dirty",
        "signalloss": "sensor_failed",
    }
)
"""Segments of topics in which a camera speaks of its own view, in lower case."""


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A topic in its parts; the prefix may have slashes of its own."""

    prefix: str
    path: tuple[str, ...]
    """Of the event, without namespaces."""
    token: str | None
    """The source, marked by `&`."""
    rest: tuple[str, ...]
    """What follows the token: the name of a rule."""

    @property
    def bay(self) -> str | None:
        """The space that a rule or the end of the prefix is named after: `bay-12`."""
        for name in (*self.rest, self.prefix.rpartition("/")[2]):
            found = _BAY.match(name.strip())
            if found is not None:
                return found[1]
        return None


def read_topic(topic: str) -> Topic:
    """Also reads a topic that is none of ONVIF's: all of it is prefix."""
    segments = topic.strip("/").split("/")
    place = segments.index(MARK) if MARK in segments else len(segments)
    path: list[str] = []
    token: str | None = None
    rest: list[str] = []
    for segment in segments[place + 1 :]:
        if token is not None:
            rest.append(segment)
        elif segment.startswith("&"):
            token = segment[1:]
        else:
            path.append(segment.rpartition(":")[2])
    return Topic(prefix="/".join(segments[:place]), path=tuple(path), token=token, rest=tuple(rest))


def section(value: object) -> dict[str, Any]:
    """Source or Data as names and values, whichever of the two forms it has."""
    found = dictionary(value)
    flat = {name: inner for name, inner in found.items() if name != "SimpleItem"}
    for item in items(found.get("SimpleItem")):
        name = dictionary(item).get("Name")
        if isinstance(name, str):
            flat[name] = dictionary(item).get("Value")
    return flat


def bay_of(name: object) -> str | None:
    """The space that a rule is named after."""
    found = _BAY.match(name.strip()) if isinstance(name, str) else None
    return None if found is None else found[1]
