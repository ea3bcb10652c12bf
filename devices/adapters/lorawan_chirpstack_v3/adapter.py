"""Turns events of ChirpStack v3 into uplinks."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from devices.adapters import lorawan
from devices.adapters.lorawan_chirpstack_v3.messages import Event
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
        "error": "error",
    }
)
HEX_EUI_DIGITS: Final = 16


class ChirpStackV3:
    """`event` is the platform's own name of the event; without it, the fields of the body decide.

    Which of the two forms a body has shows in the length of its `devEUI`.
    """

    def parse(self, body: bytes, *, event: str = "") -> Sequence[Uplink]:
        message = lorawan.read_envelope(_decoder, body)
        kind = EVENTS.get(event) if event else _kind(message)
        if kind is None:
            raise PayloadError(f"no event of ChirpStack v3: {event[:32]!r}", code="envelope_invalid")
        device_id = lorawan.device_id(_hex(message, message.dev_eui))
        return [_frame(device_id, message) if kind == "up" else _silent(kind, device_id, message)]


def _hex(event: Event, text: str) -> str:
    """A EUI or an address in hex, whichever form the body has: an address alone would not tell, it has eight letters in both."""
    return text if len(event.dev_eui) == HEX_EUI_DIGITS else lorawan.payload_bytes(text).hex()


def _frame(device_id: str, event: Event) -> Uplink:
    """A frame without a payload only carries the network's own commands; it counts all the same."""
    gateway_at, rssi, snr = lorawan.heard(event.rx_info or ())
    return Uplink(
        kind="data" if event.data else "status",
        device_id=device_id,
        port=lorawan.port(event.f_port),
        payload=lorawan.payload_bytes(event.data or ""),
        session=_session(event),
        sequence=lorawan.counter(event.f_cnt),
        event_id=None,
        gateway_at=gateway_at,
        server_at=lorawan.instant(event.published_at),
        rssi_dbm=rssi,
        snr_db=snr,
    )


def _silent(kind: Literal["join", "device_status", "status", "error"], device_id: str, event: Event) -> Uplink:
    return Uplink(
        kind="status" if kind == "device_status" else kind,
        device_id=device_id,
        port=0,
        payload=b"",
        session=_session(event),
        sequence=None,
        event_id=None,
        gateway_at=None,
        server_at=lorawan.instant(event.published_at),
        battery_pct=_battery(event) if kind == "device_status" else None,
        detail=lorawan.detail(event.type or "", event.error or "") if kind == "error" else "",
    )


def _session(event: Event) -> str | None:
    """The network address, which is given anew at every join; the oldest versions do not tell it with a frame."""
    return lorawan.foreign_id(_hex(event, event.dev_addr)) if event.dev_addr else None


def _battery(event: Event) -> float | None:
    """An empty battery is the zero that was left out, unless the device runs on a cable or does not know."""
    if event.battery_level_unavailable or event.external_power_source:
        return None
    if event.battery_level is not None:
        return event.battery_level
    return 0.0 if event.battery is None else lorawan.battery_pct(event.battery)


def _kind(event: Event) -> _Kind:
    if event.error is not None or event.type is not None:
        return "error"
    if event.margin is not None or event.battery_level is not None:
        return "device_status"
    if event.data:
        return "up"
    return "join" if event.dev_addr and event.acknowledged is None and event.f_port == 0 else "status"


PLATFORM = ChirpStackV3()
