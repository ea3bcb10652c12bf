"""Turns messages of The Things Stack v3 into uplinks."""

from collections.abc import Sequence
from typing import Final

import msgspec

from devices.adapters import lorawan
from devices.adapters.lorawan_things_stack.messages import Envelope, UplinkMessage
from devices.ports import PayloadError, Uplink

_decoder = msgspec.json.Decoder(Envelope)

QUIET: Final = (
    "uplink_normalized",
    "downlink_ack",
    "downlink_nack",
    "downlink_sent",
    "downlink_queued",
    "downlink_queue_invalidated",
    "location_solved",
    "service_data",
)
"""Messages that say nothing of a space and nothing of a session."""


class ThingsStack:
    """The field that an envelope carries says what it is, so the webhook's path and the topic need not."""

    def parse(self, body: bytes, *, event: str = "") -> Sequence[Uplink]:  # noqa: ARG002 - the port's signature
        envelope = lorawan.read_envelope(_decoder, body)
        device_id = lorawan.device_id(envelope.end_device_ids.dev_eui)
        if envelope.uplink_message is not None:
            return [_frame(device_id, envelope.uplink_message, envelope.received_at)]
        if envelope.join_accept is not None:
            join = envelope.join_accept
            at = lorawan.instant(join.received_at)
            return [lorawan.silent("join", device_id, server_at=at, session=join.session_key_id)]
        received_at = lorawan.instant(envelope.received_at)
        if envelope.downlink_failed is not None:
            error = envelope.downlink_failed.error
            detail = lorawan.detail("downlink failed", error.name, error.message_format)
            return [lorawan.silent("error", device_id, server_at=received_at, detail=detail)]
        for name in QUIET:
            if getattr(envelope, name) is not None:
                return [lorawan.silent("status", device_id, server_at=received_at, detail=name)]
        raise PayloadError("no message of The Things Stack v3 that is known here", code="envelope_invalid")


def _frame(device_id: str, message: UplinkMessage, received_at: str | None) -> Uplink:
    """A frame without a payload only carries the network's own commands; it counts all the same."""
    gateway_at, rssi, snr = lorawan.heard(message.rx_metadata)
    server_at = lorawan.instant(message.received_at)
    battery = message.last_battery_percentage
    return Uplink(
        kind="data" if message.frm_payload else "status",
        device_id=device_id,
        port=message.f_port,
        payload=lorawan.payload_bytes(message.frm_payload),
        session=lorawan.session_id(message.session_key_id),
        sequence=message.f_cnt,
        event_id=None,
        gateway_at=gateway_at,
        server_at=server_at if server_at is not None else lorawan.instant(received_at),
        battery_pct=None if battery is None else battery.value,
        rssi_dbm=rssi,
        snr_db=snr,
    )


PLATFORM = ThingsStack()
