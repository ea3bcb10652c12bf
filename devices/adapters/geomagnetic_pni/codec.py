"""Turns frames of a PNI PlacePod into our words: one message a frame, however many values it chains.

A parking status is a change, a keep-alive restates. In a frame with both the one that stands later says the state,
and the frame is a change: the device told of a transition in it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from devices.adapters.geomagnetic_pni.messages import REBOOTED_COUNT, Name, Value, read_values
from devices.ports import Message, PayloadError
from parking.occupancy.evidence import EvidenceKind, SensedStatus

_STATUS: Final[Mapping[int, SensedStatus]] = MappingProxyType({0: "free", 1: "occupied"})
_STATES: Final = ("parking_status", "keep_alive_status")
# The first of these that the frame holds names its kind; a frame of readings only is telemetry.
_KINDS: Final[tuple[tuple[Name, EvidenceKind], ...]] = (
    ("parking_status", "change"),
    ("keep_alive_status", "restate"),
    ("vehicle_count", "count"),
    ("keep_alive_count", "count"),
    ("temperature", "telemetry"),
    ("battery", "telemetry"),
    ("recalibrate_response", "config"),
    ("deactivate_response", "config"),
    ("reboot_response", "config"),
)


class PlacePodCodec:
    """The device names its values itself; the port carries no meaning."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:  # noqa: ARG002 - the port's signature
        values = list(read_values(payload))
        numbers = {value.name: value.number for value in values if value.name is not None}
        if not numbers:
            raise PayloadError("no value that a PlacePod sends" if payload else "an empty frame")
        temperature, battery = numbers.get("temperature"), numbers.get("battery")
        return [
            Message(
                kind=next(kind for name, kind in _KINDS if name in numbers),
                status=_last_status(values),
                battery_v=None if battery is None else battery / 100,
                temperature_c=None if temperature is None else temperature / 10,
                fields=_fields(values),
            )
        ]


def _last_status(values: Sequence[Value]) -> SensedStatus | None:
    """None where the frame says no state, or a state beyond free and occupied."""
    states = [value.number for value in values if value.name in _STATES]
    return _STATUS.get(states[-1]) if states else None


def _fields(values: Sequence[Value]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for value in values:
        if value.name is None:
            fields["unparsed_hex"] = value.raw.hex()
        elif value.name in {"vehicle_count", "keep_alive_count"}:
            fields.update(_count(value.number))
        else:
            fields[value.name] = value.number
    return fields


def _count(number: int) -> dict[str, object]:
    return {"rebooted_or_recalibrated": True} if number >= REBOOTED_COUNT else {"vehicle_count": number}


CODEC = PlacePodCodec()
