"""The frame of a MOKO LW009-SM: a head of twelve bytes, then tag, length and value, high byte first.

Source: the maker's public decoders for the LW009-SM on port 1 (one walks the tags, one reads them at fixed places; they
agree but for the heartbeat interval, to which the second adds one step). No captured bytes are published: the frames of our
tests were written from this layout.
"""

from datetime import UTC, datetime
from struct import Struct
from typing import Final, NamedTuple

from devices.ports import PayloadError

PORT: Final = 1
HEAD_LENGTH: Final = 12

EVENT: Final = 0x02
DEVICE_TYPE: Final = 0x03
DEVICE_VERSION: Final = 0x05
HEARTBEAT: Final = 0x06
TEMPERATURE: Final = 0x0B
SENSITIVITY: Final = 0x22
RADAR: Final = 0x23
BATTERY_LEVEL: Final = 0x24
FIELD: Final = 0x25
VOLTAGE: Final = 0x29
STATE: Final = 0x32
HUMIDITY: Final = 0x35

LENGTHS: Final = {EVENT: 1, TEMPERATURE: 1, BATTERY_LEVEL: 1, FIELD: 6, VOLTAGE: 2, STATE: 1, HUMIDITY: 1}
"""Of those tags whose meaning hangs on the length; the others are numbers of any length."""

LW009_SM: Final = 0x85
HEARTBEAT_STEP_S: Final = 30

HEARTBEAT_EVENT: Final = 0x00
EMPTIED: Final = 0x0B
OCCUPIED: Final = 0x0C
INTERFERENCE: Final = 0x0D
LOW_BATTERY: Final = 0x0E
MAGNETIC_FAILED: Final = 0x10
CLIMATE_FAILED: Final = 0x11
RADAR_FAILED: Final = 0x12


class Head(NamedTuple):
    """What stands before the tags. The device's clock counts seconds since 1970; it is right once the network set it."""

    seconds: int
    counter: int

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


_HEAD: Final = Struct(">xxIHHxB").unpack_from
"""Head and version, time, counter, length, command, encryption."""


def read_head(payload: bytes) -> Head:
    """Raises `PayloadError` for a frame whose length is not what it says, and for one that is encrypted."""
    if len(payload) < HEAD_LENGTH:
        raise PayloadError(f"an LW009-SM frame is not {len(payload)} bytes long")
    seconds, counter, length, encrypted = _HEAD(payload)
    if length != len(payload) - HEAD_LENGTH:
        raise PayloadError(f"the tags of an LW009-SM frame are {length} bytes, not {len(payload) - HEAD_LENGTH}")
    if encrypted:
        raise PayloadError("an encrypted frame of an LW009-SM cannot be read")
    return Head(seconds, counter)


def read_values(payload: bytes) -> dict[int, bytes]:
    """Value by tag, in the order of the wire; raises `PayloadError` for one that is cut or of a wrong length."""
    values: dict[int, bytes] = {}
    position, end = HEAD_LENGTH, len(payload)
    while position < end:
        tag, start = payload[position], position + 2
        position = start + payload[position + 1] if start <= end else end + 1
        value = payload[start:position]
        if position > end or LENGTHS.get(tag, len(value)) != len(value):
            raise PayloadError(f"tag {tag:02x} of an LW009-SM is not {len(value)} bytes long")
        values[tag] = value
    return values
