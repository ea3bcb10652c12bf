"""Turns messages of Actility ThingPark into uplinks."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from devices.adapters import lorawan
from devices.adapters.lorawan_thingpark.messages import DevEuiNotification, DevEuiUplink, Envelope, Lrr, Other
from devices.ports import PayloadError, Uplink

_envelope = msgspec.json.Decoder(Envelope, strict=False)
_flat = msgspec.json.Decoder(DevEuiUplink, strict=False)

NEW_SESSION: Final = frozenset({"join", "reset"})
DEVICE_STATUS: Final = "devstatusans"
_LEVEL = re.compile(r"[0-9]{1,3}\Z")


class ThingPark:
    """The wrapper says what a message is; without one it is an uplink."""

    def parse(self, body: bytes, *, event: str = "") -> Sequence[Uplink]:  # noqa: ARG002 - the port's signature
        envelope = lorawan.read_envelope(_envelope, body)
        if envelope.uplink is not None:
            return [_uplink(envelope.uplink)]
        if envelope.notification is not None:
            return [_notification(envelope.notification)]
        for name in ("location", "downlink_sent", "downlink_rejected"):
            other = getattr(envelope, name)
            if other is not None:
                return [_other(other, name)]
        return [_uplink(lorawan.read_envelope(_flat, body))]


def _uplink(message: DevEuiUplink) -> Uplink:
    if message.raw_join_request is not None:
        at = lorawan.instant(message.time)
        return lorawan.silent("join", message.dev_eui, gateway_at=at, session=message.dev_addr)
    if message.f_cnt_up is None:
        raise PayloadError("an uplink without a frame counter", code="envelope_invalid")
    rssi, snr = _radio(message)
    error = message.decoded_error
    return Uplink(
        kind="error" if error is not None else "data" if message.payload_hex else "status",
        device_id=lorawan.device_id(message.dev_eui),
        port=lorawan.port(message.f_port),
        payload=lorawan.hex_bytes(message.payload_hex),
        session=lorawan.foreign_id(message.dev_addr),
        sequence=lorawan.counter(message.f_cnt_up),
        event_id=None,
        gateway_at=lorawan.instant(message.time),
        server_at=None,
        battery_pct=lorawan.battery_pct(message.battery_level),
        late=message.late == 1,
        rssi_dbm=rssi,
        snr_db=snr,
        detail="" if error is None else lorawan.detail("not decoded", error.code, error.message),
    )


def _radio(message: DevEuiUplink) -> tuple[float | None, float | None]:
    """The best of the gateways, the one that the platform chose included."""
    listed = [] if message.lrrs is None else message.lrrs.lrr
    gateways = [listed] if isinstance(listed, Lrr) else listed
    _, rssi, snr = lorawan.heard([*gateways, Lrr(message.lrr_rssi, message.lrr_snr)])
    return rssi, snr


def _notification(message: DevEuiNotification) -> Uplink:
    battery = int(message.var1) if message.type == DEVICE_STATUS and _LEVEL.match(str(message.var1)) else None
    return lorawan.silent(
        "join" if message.type in NEW_SESSION else "status",
        message.dev_eui,
        server_at=lorawan.instant(message.time),
        session=message.dev_addr,
        detail=message.type,
        battery=lorawan.battery_pct(battery),
    )


def _other(message: Other, name: str) -> Uplink:
    return lorawan.silent("status", message.dev_eui, server_at=lorawan.instant(message.time), detail=name)


PLATFORM = ThingPark()
