"""Turns messages of The Things Stack v3 into uplinks."""

from collections.abc import Sequence

import msgspec

from devices.adapters import lorawan
from devices.adapters.lorawan_things_stack.messages import Envelope, JoinAccept, UplinkMessage
from devices.ports import PayloadError, Uplink

_decoder = msgspec.json.Decoder(Envelope)


class ThingsStack:
    """The field that an envelope carries says what it is, so the webhook's path and the topic need not."""

    def parse(self, body: bytes, *, event: str = "") -> Sequence[Uplink]:  # noqa: ARG002 - the port's signature
        envelope = lorawan.read_envelope(_decoder, body)
        device_id = lorawan.device_id(envelope.end_device_ids.dev_eui)
        if envelope.uplink_message is not None and envelope.uplink_message.frm_payload:
            return [_data(device_id, envelope.uplink_message, envelope.received_at)]
        if envelope.join_accept is not None:
            return [_join(device_id, envelope.join_accept)]
        if _tells_something_else(envelope):
            return [_silent(device_id, envelope.received_at)]
        raise PayloadError("no message of The Things Stack v3 that is known here", code="envelope_invalid")


def _data(device_id: str, message: UplinkMessage, received_at: str | None) -> Uplink:
    server_at = lorawan.instant(message.received_at)
    return Uplink(
        kind="data",
        device_id=device_id,
        port=lorawan.port(message.f_port),
        payload=lorawan.payload_bytes(message.frm_payload),
        session=lorawan.foreign_id(message.session_key_id),
        sequence=lorawan.counter(message.f_cnt),
        event_id=None,
        gateway_at=lorawan.earliest(gateway.time for gateway in message.rx_metadata),
        server_at=server_at if server_at is not None else lorawan.instant(received_at),
    )


def _join(device_id: str, message: JoinAccept) -> Uplink:
    return Uplink(
        kind="join",
        device_id=device_id,
        port=0,
        payload=b"",
        session=lorawan.foreign_id(message.session_key_id),
        sequence=None,
        event_id=None,
        gateway_at=None,
        server_at=lorawan.instant(message.received_at),
    )


def _tells_something_else(envelope: Envelope) -> bool:
    """Everything but a frame with a payload and a join is about the network, not about the space."""
    known = {"end_device_ids", "received_at", "join_accept"}
    return any(getattr(envelope, name) is not None for name in envelope.__struct_fields__ if name not in known)


def _silent(device_id: str, received_at: str | None) -> Uplink:
    return Uplink(
        kind="status",
        device_id=device_id,
        port=0,
        payload=b"",
        session=None,
        sequence=None,
        event_id=None,
        gateway_at=None,
        server_at=lorawan.instant(received_at),
    )


PLATFORM = ThingsStack()
