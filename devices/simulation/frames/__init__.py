"""The bytes that the devices themselves put on the air, as their makers publish them.

The decoders in `devices.adapters` read the same bytes, which a test holds; nothing is shared between the two, or a mistake would be
made twice and noticed never.
"""

from collections.abc import Callable, Mapping
from typing import Final

from devices.simulation.frames import older, talkative, terse
from devices.simulation.transmission import Transmission

Frame = tuple[int, bytes]
"""LoRaWAN port and payload."""

FRAMES: Final[Mapping[str, Callable[[Transmission], Frame]]] = {
    "TPS110": older.bosch_frame,
    "PlacePod": older.placepod_frame,
    "NPS-4.05": terse.nwave_frame,
    "R719A": terse.netvox_frame,
    "S-LG-I3": terse.cicicom_frame,
    "TEKZIPARK": terse.tekzipark_frame,
    "SmartParking": talkative.libelium_frame,
    "DO201": talkative.dingtek_frame,
    "LW009-SM": talkative.moko_frame,
}
"""By model, for those that send bytes."""

GARBLED: Final = b"\xee" * 7
"""What stands in the memory of a broken device; no profile of ours allows it."""


def frame_of(sent: Transmission) -> Frame:
    port, payload = FRAMES[sent.device.make.model](sent)
    return port, GARBLED if sent.is_garbled else payload
