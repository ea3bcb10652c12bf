"""The eleven bytes of a Libelium Smart Parking frame: two that all firmware shares, nine whose meaning it decides.

Sources: for firmware 2 the maker's Smart Parking Technical Guide (section "Frames", firmware v2.x.x) and
ZennerIoT/element-parsers `lib/libelium_smart_parking_v3.exs`; for firmware 3 `lib/libelium_smart-parking_v3.ex` of the
same repository, whose author took out every field of the body that firmware 3 had moved; the header also in the PyPI
package libelium-parking-sensor-v2. Nothing in the bytes tells the firmware: a start frame of 3 reads as a plausible
one of 2.
"""

from struct import Struct
from typing import Final

LENGTH: Final = 11

OCCUPIED: Final = 0x80
BATTERY_LOW: Final = 0x40
CONFIG_NACK: Final = 0x20
RECALIBRATED: Final = 0x10
TYPE: Final = 0x0F

INFO: Final = 0
KEEP_ALIVE: Final = 1
DAILY: Final = 2
ERROR: Final = 3
START_1: Final = 4
START_2: Final = 5
RSSI: Final = 8

FRAME_TYPES: Final = {
    INFO: "info",
    KEEP_ALIVE: "keep_alive",
    DAILY: "daily_update",
    ERROR: "error",
    START_1: "start1",
    START_2: "start2",
    6: "service",
    7: "downlink",
    RSSI: "rssi",
}

_ERRORS: Final = ("error_z", "error_y", "error_x", "error_rtc", "error_lorawan", "error_sigfox")
SENSOR_ERRORS: Final = 0x07
"""The lowest three bits of the error byte are the three axes."""


def clock(payload: bytes) -> str:
    """Hour and minute without a day, in whatever zone the device was set to: it dates nothing."""
    return f"{payload[2]:02d}:{payload[3]:02d}"


def unsigned_axes(payload: bytes, start: int) -> dict[str, int]:
    """As the public parser prints them; the guide says that they are two's complement."""
    x, y, z = _UINT16X3(payload, start)
    return {"x": x, "y": y, "z": z}


_UINT16X3: Final = Struct(">HHH").unpack_from


def errors(byte: int) -> list[str]:
    return [name for bit, name in enumerate(_ERRORS) if byte >> bit & 1]


def daily(payload: bytes) -> dict[str, object]:
    """What the guide lists for the frame that is sent once a night."""
    return {
        "measurements_24h": payload[2] << 8 | payload[3],
        "sigfox_24h": payload[4] << 8 | payload[5],
        "lorawan_24h": payload[6] << 8 | payload[7],
        "resets_24h": payload[8],
        "config_id": payload[9],
    }


def configuration(payload: bytes) -> dict[str, object]:
    """The second frame after a start: how the node is set."""
    return {
        "firmware_version": payload[2],
        "night_start_hour": payload[3],
        "night_hours": payload[4],
        "night_sleep_time": payload[5],
        "night_keep_alive": payload[6],
        "radio_mode": payload[7],
        "sleep_time": payload[8],
        "keep_alive": payload[9],
        "threshold": payload[10],
    }
