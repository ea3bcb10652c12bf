"""Turns events of ChirpStack v4 into uplinks."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from devices.adapters import lorawan
from devices.adapters.lorawan_chirpstack.messages import Event
from devices.ports import PayloadError, Uplink

_Kind = Literal["up", "join", "device_status", "status", "error"]

_decoder = msgspec.json.Decoder(Event)

EVENTS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "up": "up",
        "join": "join",
        "status": "device_status",
        "ack": "status",
        "txack": "status",
        "location": "status",
        "integration": "status",
        "log": "error",
    }
)


class ChirpStack:
    """`event` is the platform's own name of the event; without it, the fields of the body decide."""

    def parse(self, body: bytes, *, event: str = "") -> Sequence[Uplink]:
        message = lorawan.read_envelope(_decoder, body)
        kind = EVENTS.get(event) if event else _kind(message)
        if kind is None:
            raise PayloadError(f"no event of ChirpStack v4: {event[:32]!r}", code="envelope_invalid")
        device_id = lorawan.device_id(message.device_info.dev_eui)
        return [_frame(device_id, message) if kind == "up" else _silent(kind, device_id, message)]


def _frame(device_id: str, event: Event) -> Uplink:
    """A frame without a payload only carries the network's own commands; it counts all the same."""
    gateway_at, rssi, snr = lorawan.heard(event.rx_info)
    is_encrypted = event.join_server_context is not None
    return Uplink(
        kind="error" if is_encrypted else "data" if event.data else "status",
        device_id=device_id,
        port=event.f_port,
        payload=b"" if is_encrypted else lorawan.payload_bytes(event.data),
        session=lorawan.session_id(event.dev_addr),
        sequence=event.f_cnt,
        event_id=lorawan.foreign_id(event.deduplication_id),
        gateway_at=gateway_at,
        server_at=lorawan.instant(event.time),
        rssi_dbm=rssi,
        snr_db=snr,
        detail="the payload is encrypted: the join server keeps its key" if is_encrypted else "",
    )


def _silent(kind: Literal["join", "device_status", "status", "error"], device_id: str, event: Event) -> Uplink:
    return Uplink(
        kind="status" if kind == "device_status" else kind,
        device_id=device_id,
        port=0,
        payload=b"",
        session=lorawan.session_id(event.dev_addr),
        sequence=None,
        event_id=lorawan.foreign_id(event.deduplication_id),
        gateway_at=None,
        server_at=lorawan.instant(event.time),
        battery_pct=_battery(event) if kind == "device_status" else None,
        detail=lorawan.detail(event.code or "", event.description or "") if kind == "error" else "",
    )


def _battery(event: Event) -> float | None:
    """An empty battery is the zero that was left out, unless the device runs on a cable or does not know."""
    if event.battery_level_unavailable or event.external_power_source:
        return None
    return 0.0 if event.battery_level is None else event.battery_level


def _kind(event: Event) -> _Kind:
    if event.level is not None or event.code is not None or event.description is not None:
        return "error"
    if event.margin is not None or event.battery_level is not None:
        return "device_status"
    if event.data:
        return "up"
    return "join" if event.dev_addr and event.tx_info is None else "status"


PLATFORM = ChirpStack()
