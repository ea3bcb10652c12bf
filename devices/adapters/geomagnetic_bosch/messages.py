"""The frames of a Bosch TPS110 in the maker's words, byte for byte.

Source of the layout: Parking Lot Sensor, Communication Interface, technical descriptions for firmware 0.23.3 and
0.29.4, the captured payloads in `../shared/vectors/lorawan_parking.json`, and for the usage counters of 0.39
akenza-io/device-type-library `types/bosch/parkingLotSensor0_39/uplink.js` @009ea5b5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

STATUS_PORT: Final = 1
HEARTBEAT_PORT: Final = 2
STARTUP_PORT: Final = 3
DEVICE_INFORMATION_PORT: Final = 4
DEVICE_USAGE_PORT: Final = 5
DEBUG_PORT: Final = 6

STARTUP_LENGTH: Final = 17
DEBUG_LENGTH: Final = 12
FRAME_LIMIT: Final = 64
"""No frame of this device is longer; LoRaWAN itself allows 242 bytes."""

_CAUSES: Final = {1: "watchdog", 2: "power_on", 3: "system_request", 4: "other"}
_CAUSES_FROM_0_39: Final = {
    **_CAUSES,
    4: "external_pin",
    5: "lockup",
    6: "brownout",
    7: "other",
}
USAGE_VERSION: Final = "0.39"
"""The only firmware whose usage counters are published."""
_USAGE: Final[Mapping[int, tuple[str, Mapping[str, int]]]] = MappingProxyType(
    {
        0: ("state_changes", {"value": 4}),
        1: ("time_occupied", {"value": 4}),
        2: ("uplinks_sent", {"dr0": 3, "dr1": 3, "dr2": 3, "dr3": 3, "dr4": 3, "dr5": 3}),
        3: ("radar_triggers", {"value": 4}),
        4: ("time_since_restart", {"value": 4}),
        5: (
            "resets",
            {"brownout": 1, "lockup": 1, "external_pin": 1, "power_on": 1, "watchdog": 1, "system_request": 2},
        ),
        6: ("time_since_installation", {"value": 4}),
    }
)
"""What the first byte of a usage frame asks for, and the numbers that follow with their lengths in bytes."""

RESET_CAUSES: Final = {"0.23": _CAUSES, "0.29": _CAUSES, "0.39": _CAUSES_FROM_0_39}


@dataclass(frozen=True, kw_only=True, slots=True)
class Startup:
    """Port 3: twelve bytes of debug codes, three of firmware, the reset cause and the state after the restart."""

    debug: bytes
    firmware: str
    reset_cause: int
    occupied: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Debug:
    """Port 6: the device's own clock in seconds, a debug code and a counter, all little-endian."""

    timestamp: int
    debug_code: int
    sequence_number: int


def read_startup(payload: bytes) -> Startup:
    return Startup(
        debug=payload[:12],
        firmware=".".join(str(part) for part in payload[12:15]),
        reset_cause=payload[15],
        occupied=is_occupied(payload[16]),
    )


def read_debug(payload: bytes) -> Debug:
    return Debug(
        timestamp=int.from_bytes(payload[0:4], "little"),
        debug_code=int.from_bytes(payload[4:6], "little") & 0x0FFF,
        sequence_number=int.from_bytes(payload[8:10], "little"),
    )


def read_usage(payload: bytes) -> dict[str, object]:
    """Nothing for a counter that is not listed, or whose length is another one: the raw bytes stand beside it."""
    name, numbers = _USAGE.get(payload[0], ("", {}))
    if not name or len(payload) != 1 + sum(numbers.values()):
        return {}
    said: dict[str, object] = {"usage": name}
    position = 1
    for counter, length in numbers.items():
        said[counter] = int.from_bytes(payload[position : position + length], "big")
        position += length
    return said


def debug_codes(debug: bytes) -> list[int]:
    """Up to three twelve-bit codes, little-endian, each at the start of four bytes; zero is an empty slot."""
    codes = (int.from_bytes(debug[start : start + 2], "little") & 0x0FFF for start in (0, 4, 8))
    return [code for code in codes if code != 0]


def is_occupied(byte: int) -> bool:
    """Bit 0 is the state; the other seven are reserved."""
    return byte & 1 == 1
