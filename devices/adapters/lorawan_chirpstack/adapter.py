"""Turns events of ChirpStack v4 into uplinks."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from devices.adapters import lorawan
from devices.adapters.lorawan_chirpstack.messages import Event
from devices.ports import PayloadError, Uplink

_Kind = Literal["data", "join", "status", "error"]

_decoder = msgspec.json.Decoder(Event)

EVENTS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "up": "data",
        "join": "join",
        "status": "status",
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
        # A frame without a payload only carries the network's own commands.
        return [_uplink("status" if kind == "data" and not message.data else kind, message)]


def _uplink(kind: _Kind, event: Event) -> Uplink:
    is_data = kind == "data"
    return Uplink(
        kind=kind,
        device_id=lorawan.device_id(event.device_info.dev_eui),
        port=lorawan.port(event.f_port),
        payload=lorawan.payload_bytes(event.data) if is_data else b"",
        session=lorawan.foreign_id(event.dev_addr),
        sequence=lorawan.counter(event.f_cnt) if is_data else None,
        event_id=lorawan.foreign_id(event.deduplication_id),
        gateway_at=lorawan.earliest(gateway.gw_time for gateway in event.rx_info or ()),
        server_at=lorawan.instant(event.time),
        battery_pct=event.battery_level,
    )


def _kind(event: Event) -> _Kind:
    if event.level is not None or event.code is not None:
        return "error"
    if event.margin is not None or event.battery_level is not None:
        return "status"
    if event.data:
        return "data"
    return "join" if event.dev_addr and event.tx_info is msgspec.UNSET else "status"


PLATFORM = ChirpStack()
