"""Turns uplinks of Kerlink's Wanesy into ours."""

from collections.abc import Sequence

import msgspec

from devices.adapters import lorawan
from devices.adapters.lorawan_wanesy.messages import DataUp, Page
from devices.ports import PayloadError, Uplink

_decoder = msgspec.json.Decoder(DataUp)
_page = msgspec.json.Decoder(Page)


class Wanesy:
    """One item of a push, or all that are on a page."""

    def parse(self, body: bytes, *, event: str = "") -> Sequence[Uplink]:  # noqa: ARG002 - the port's signature
        try:
            return [_uplink(lorawan.read_envelope(_decoder, body))]
        except PayloadError as refused:
            try:
                items = _page.decode(body).list
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                raise refused from None
        return lorawan.each(items, lambda item: _uplink(lorawan.read_envelope(_decoder, bytes(item))))


def _uplink(message: DataUp) -> Uplink:
    if message.f_cnt_up is None:
        return lorawan.silent(
            "status", message.end_device.dev_eui, server_at=lorawan.instant_ms(message.recv_time), detail="no frame"
        )
    _, rssi, snr = lorawan.heard(message.gw_info or ())
    is_encrypted = message.encrypted is True
    return Uplink(
        kind="error" if is_encrypted else "data" if message.payload else "status",
        device_id=lorawan.device_id(message.end_device.dev_eui),
        port=lorawan.port(message.f_port or 0),
        payload=b"" if is_encrypted else _payload(message),
        session=lorawan.foreign_id(message.end_device.dev_addr),
        sequence=lorawan.counter(message.f_cnt_up),
        event_id=lorawan.foreign_id(message.id),
        gateway_at=None,
        server_at=lorawan.instant_ms(message.recv_time),
        late=message.delayed is True,
        rssi_dbm=rssi,
        snr_db=snr,
        detail="the payload is encrypted: the network server has no application key" if is_encrypted else "",
    )


def _payload(message: DataUp) -> bytes:
    text = message.payload or ""
    return lorawan.hex_bytes(text) if message.encoding_type == "HEXA" else lorawan.payload_bytes(text)


PLATFORM = Wanesy()
