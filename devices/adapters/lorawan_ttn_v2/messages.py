"""The uplinks of The Things Network v2 in its own spelling, as far as we read them.

Source: its page on the MQTT API. The service ended in 2021; bridges of that time still send this form.
"""

import msgspec


class Gateway(msgspec.Struct, gc=False):
    time: str | None = None
    rssi: float | None = None
    snr: float | None = None


class Metadata(msgspec.Struct):
    """`time` is the server's; 1970 where it had no clock."""

    time: str | None = None
    gateways: list[Gateway] = []


class UplinkMessage(msgspec.Struct):
    hardware_serial: str
    port: int = 0
    counter: int = 0
    payload_raw: str = ""
    metadata: Metadata = msgspec.field(default_factory=Metadata)
