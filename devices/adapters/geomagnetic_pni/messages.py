"""The chained values of a PNI PlacePod frame: channel, type, then a value whose length the two decide.

Source of the layout: PlacePod Sensor Communications Protocol, and the captured payloads in
`../shared/vectors/lorawan_parking.json`. Values stand in any order, and a frame may end in bytes that nobody knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Name = Literal[
    "recalibrate_response",
    "temperature",
    "battery",
    "parking_status",
    "deactivate_response",
    "vehicle_count",
    "keep_alive_status",
    "keep_alive_count",
    "reboot_response",
]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a channel and type mean, how many bytes the value has, and whether it has a sign."""

    name: Name
    length: int = 1
    signed: bool = False


LAYOUTS: Final[Mapping[tuple[int, int], Layout]] = MappingProxyType(
    {
        (0x01, 0x01): Layout("recalibrate_response"),
        (0x02, 0x67): Layout("temperature", 2, signed=True),
        (0x03, 0x02): Layout("battery", 2),
        (0x15, 0x66): Layout("parking_status"),
        (0x1C, 0x01): Layout("deactivate_response"),
        (0x21, 0x00): Layout("vehicle_count"),
        (0x37, 0x66): Layout("keep_alive_status"),
        (0x37, 0x00): Layout("keep_alive_count"),
        (0x3F, 0x01): Layout("reboot_response"),
    }
)

REBOOTED_COUNT: Final = 0x80
"""A vehicle count from here on is no count: the sensor has rebooted or recalibrated."""


class Value(NamedTuple):
    """One value of a frame, or with a name of None the tail that could not be read."""

    name: Name | None
    number: int
    raw: bytes


def read_values(payload: bytes) -> list[Value]:
    """Read in the order of the wire; everything from the first unknown or cut value on is one unread tail."""
    values: list[Value] = []
    position, whole = 0, len(payload)
    while position < whole:
        layout = LAYOUTS.get((payload[position], payload[position + 1])) if position + 1 < whole else None
        start = position + 2
        if layout is None or start + layout.length > whole:
            values.append(Value(None, 0, payload[position:]))
            break
        position = start + layout.length
        raw = payload[start:position]
        values.append(Value(layout.name, int.from_bytes(raw, "big", signed=layout.signed), raw))
    return values
