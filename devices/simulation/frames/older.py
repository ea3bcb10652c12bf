"""Bosch TPS110 firmware 0.29 (port 1 status, 2 heartbeat with temperature, 3 start-up of 17 bytes) and PNI PlacePod
(chained channel, type, value).
"""

import struct
from typing import Final

from devices.simulation.transmission import Transmission

BOSCH_PORTS: Final = {"change": 1, "heartbeat": 2, "startup": 3}
BOSCH_FIRMWARE: Final = bytes([0, 29, 2])
BOSCH_POWER_ON: Final = 2
PLACEPOD_PORT: Final = 2


def bosch_frame(sent: Transmission) -> tuple[int, bytes]:
    state = int(sent.occupied)
    if sent.word == "change":
        payload = bytes([state])
    elif sent.word == "heartbeat":
        payload = struct.pack(">Bb", state, sent.temperature_c)
    else:
        payload = bytes(12) + BOSCH_FIRMWARE + bytes([BOSCH_POWER_ON, state])
    return BOSCH_PORTS[sent.word], payload


def placepod_frame(sent: Transmission) -> tuple[int, bytes]:
    """After a start it simply sends a keep-alive with its telemetry."""
    state = int(sent.occupied)
    if sent.word == "change":
        return PLACEPOD_PORT, bytes([0x15, 0x66, state])
    telemetry = struct.pack(">BBhBBh", 0x03, 0x02, round(sent.battery_v * 100), 0x02, 0x67, sent.temperature_c * 10)
    return PLACEPOD_PORT, bytes([0x37, 0x66, state]) + telemetry
