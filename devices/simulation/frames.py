"""The bytes that the devices themselves put on the air.

Layouts: Bosch TPS110 firmware 0.29 (port 1 status, 2 heartbeat with temperature, 3 start-up of 17 bytes) and PNI
PlacePod (chained channel, type, value), both as their makers publish them; the decoders in `devices.adapters` read
the same bytes, which a test holds.
"""

import struct
from typing import Final

from devices.simulation.sensors import Transmission

BOSCH_PORTS: Final = {"change": 1, "heartbeat": 2, "startup": 3}
BOSCH_FIRMWARE: Final = bytes([0, 29, 2])
BOSCH_POWER_ON: Final = 2
PLACEPOD_PORT: Final = 2


def bosch_frame(frame: Transmission) -> tuple[int, bytes]:
    """LoRaWAN port and payload of a Bosch TPS110."""
    state = int(frame.occupied)
    if frame.word == "change":
        payload = bytes([state])
    elif frame.word == "heartbeat":
        payload = struct.pack(">Bb", state, frame.temperature_c)
    else:
        payload = bytes(12) + BOSCH_FIRMWARE + bytes([BOSCH_POWER_ON, state])
    return BOSCH_PORTS[frame.word], payload


def placepod_frame(frame: Transmission) -> tuple[int, bytes]:
    """LoRaWAN port and payload of a PNI PlacePod; after a start it simply sends a keep-alive with its telemetry."""
    state = int(frame.occupied)
    if frame.word == "change":
        return PLACEPOD_PORT, bytes([0x15, 0x66, state])
    telemetry = struct.pack(">BBhBBh", 0x03, 0x02, round(frame.battery_v * 100), 0x02, 0x67, frame.temperature_c * 10)
    return PLACEPOD_PORT, bytes([0x37, 0x66, state]) + telemetry
