"""The frames of a Bosch TPS110 in the maker's words, byte for byte.

Source of the layout: Parking Lot Sensor, Communication Interface, technical descriptions for firmware 0.23.3 and
0.29.4, and the captured payloads in `../shared/vectors/lorawan_parking.json`.
"""

from dataclasses import dataclass
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


def debug_codes(debug: bytes) -> list[int]:
    """Up to three twelve-bit codes, little-endian, each at the start of four bytes; zero is an empty slot."""
    codes = (int.from_bytes(debug[start : start + 2], "little") & 0x0FFF for start in (0, 4, 8))
    return [code for code in codes if code != 0]


def is_occupied(byte: int) -> bool:
    """Bit 0 is the state; the other seven are reserved."""
    return byte & 1 == 1
