"""Turns uplinks of The Things Network v2 into ours."""

from collections.abc import Sequence

import msgspec

from devices.adapters import lorawan
from devices.adapters.lorawan_ttn_v2.messages import UplinkMessage
from devices.ports import Uplink

_decoder = msgspec.json.Decoder(UplinkMessage)


class ThingsNetworkV2:
    """Only frames came over this interface; nothing names the session of their counter."""

    def parse(self, body: bytes, *, event: str = "") -> Sequence[Uplink]:  # noqa: ARG002 - the port's signature
        message = lorawan.read_envelope(_decoder, body)
        gateway_at, rssi, snr = lorawan.heard(message.metadata.gateways)
        return [
            Uplink(
                kind="data" if message.payload_raw else "status",
                device_id=lorawan.device_id(message.hardware_serial),
                port=lorawan.port(message.port),
                payload=lorawan.payload_bytes(message.payload_raw),
                session=None,
                sequence=lorawan.counter(message.counter),
                event_id=None,
                gateway_at=gateway_at,
                server_at=lorawan.instant(message.metadata.time),
                rssi_dbm=rssi,
                snr_db=snr,
            )
        ]


PLATFORM = ThingsNetworkV2()
