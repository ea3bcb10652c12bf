"""Turns messages of LORIOT into uplinks."""

from collections.abc import Sequence
from typing import Final

import msgspec

from devices.adapters import lorawan
from devices.adapters.lorawan_loriot.messages import Gateway, LoriotMessage
from devices.ports import PayloadError, Uplink

_decoder = msgspec.json.Decoder(LoriotMessage)

FRAMES: Final = frozenset({"rx", "gw"})


class Loriot:
    """`rx` and `gw` of one frame carry the same server time and counter, which make its event id."""

    def parse(self, body: bytes, *, event: str = "") -> Sequence[Uplink]:  # noqa: ARG002 - the port's signature
        message = lorawan.read_envelope(_decoder, body)
        if message.cmd in FRAMES:
            return [_frame(message)]
        return [lorawan.silent("status", message.eui, server_at=lorawan.instant_ms(message.ts), detail=message.cmd)]


def _frame(message: LoriotMessage) -> Uplink:
    if message.fcnt is None:
        raise PayloadError("a frame without a counter", code="envelope_invalid")
    sequence = lorawan.counter(message.fcnt)
    gateway_at, rssi, snr = lorawan.heard([*message.gws, Gateway(None, message.rssi, message.snr)])
    is_encrypted = message.data is None and bool(message.encdata)
    return Uplink(
        kind="error" if is_encrypted else "data" if message.data else "status",
        device_id=lorawan.device_id(message.eui),
        port=lorawan.port(message.port),
        payload=lorawan.hex_bytes(message.data or ""),
        session=lorawan.foreign_id(message.session_key_id or ""),
        sequence=sequence,
        event_id=None if message.ts is None else f"{message.ts}/{sequence}",
        gateway_at=gateway_at,
        server_at=lorawan.instant_ms(message.ts),
        battery_pct=lorawan.battery_pct(message.bat),
        late=message.offline,
        rssi_dbm=rssi,
        snr_db=snr,
        detail="the payload is encrypted: the network server has no application key" if is_encrypted else "",
    )


PLATFORM = Loriot()
