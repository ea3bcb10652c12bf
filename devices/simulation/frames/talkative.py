"""Sensors that also tell their magnetic field and their own counter: Libelium Smart Parking of firmware 2, Dingtek DO201, and
MOKO LW009-SM, which tells its clock as well.
"""

import struct
import time
from typing import Final

from devices.simulation.transmission import Transmission

LIBELIUM_TYPES: Final = {"change": 0, "heartbeat": 1, "startup": 4}
LIBELIUM_PORT: Final = 2
DINGTEK_PORT: Final = 3
MOKO_EVENTS: Final = {"interference": 0x0D, "battery_low": 0x0E, "sensor_failed": 0x10}
CHINA_S: Final = 8 * 3600


def libelium_frame(sent: Transmission) -> tuple[int, bytes]:
    """Two bytes of head, nine of body; its clock is an hour and a minute, set to the time of the place."""
    battery_low = 0x40 if sent.complaint == "battery_low" else 0
    head = bytes([int(sent.occupied) << 7 | battery_low | LIBELIUM_TYPES[sent.word], sent.sequence & 0xFF])
    field = struct.pack(">hhh", *sent.field)
    if sent.word == "change":
        body = struct.pack(">b", sent.temperature_c) + field + bytes(2)
    elif sent.word == "startup":
        body = struct.pack(">b", sent.temperature_c) + field + struct.pack(">H", round(sent.battery_v * 1000))
    else:
        local = time.gmtime(sent.observed_at // 1_000_000 + CHINA_S)
        body = struct.pack(">BBb", local.tm_hour, local.tm_min, sent.temperature_c) + field
    return LIBELIUM_PORT, head + body


def dingtek_frame(sent: Transmission) -> tuple[int, bytes]:
    """All its reports are alike, but for the byte that calls a heartbeat one."""
    alarms = int(sent.complaint == "battery_low")
    body = struct.pack(
        ">HBBHhhhbBH",
        340 if sent.occupied else 2200,
        int(sent.occupied) << 4,
        alarms,
        round(sent.battery_v * 100),
        *sent.field,
        sent.temperature_c,
        45,
        sent.sequence & 0xFFFF,
    )
    kind = 2 if sent.word == "change" else 1
    return DINGTEK_PORT, bytes([0x80, 0x00, 0x31, kind, 23]) + body + b"\x00\x81"


def moko_frame(sent: Transmission) -> tuple[int, bytes]:
    """A head with clock and counter, then tags; it has no word for a start and begins with a heartbeat."""
    event = 0x00
    if sent.word == "change":
        event = 0x0C if sent.occupied else 0x0B
    event = MOKO_EVENTS.get(sent.complaint or "", event)
    tags = (
        bytes([0x02, 1, event, 0x24, 1, sent.battery_pct, 0x25, 6])
        + struct.pack(">hhh", *sent.field)
        + bytes([0x32, 1, int(sent.occupied), 0x0B, 1])
        + struct.pack(">b", sent.temperature_c)
        + bytes([0x35, 1, 45])
    )
    clock = max(sent.device_at, 0) & 0xFFFFFFFF
    head = bytes([0xAA, 0x01]) + struct.pack(">IHH", clock, sent.sequence & 0xFFFF, len(tags)) + bytes([0x21, 0x00])
    return 1, head + tags
