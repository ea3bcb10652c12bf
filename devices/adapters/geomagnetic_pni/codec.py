"""Turns frames of a PNI PlacePod into our words: one message a frame, however many values it chains.

A parking status is a change, a keep-alive restates. In a frame with both the one that stands later says the state,
and the frame is a change: the device told of a transition in it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from devices.adapters.geomagnetic_pni.messages import REBOOTED_COUNT, Name, read_values
from devices.adapters.wire import plausible
from devices.ports import Message, PayloadError
from parking.occupancy.evidence import EvidenceKind, SensedStatus

_STATUS: Final[Mapping[int, SensedStatus]] = MappingProxyType({0: "free", 1: "occupied"})
_STATES: Final[frozenset[Name]] = frozenset({"parking_status", "keep_alive_status"})
_COUNTS: Final[frozenset[Name]] = frozenset({"vehicle_count", "keep_alive_count"})
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
        fields: dict[str, object] = {}
        numbers: dict[Name, int] = {}
        state: int | None = None
        for name, number, raw in read_values(payload):
            if name is None:
                fields["unparsed_hex"] = raw.hex()
                continue
            numbers[name] = number
            if name in _COUNTS:
                _count(number, fields)
                continue
            fields[name] = number
            if name in _STATES:
                state = number
        if not numbers:
            raise PayloadError("no value that a PlacePod sends" if payload else "an empty frame")
        temperature, battery = numbers.get("temperature"), numbers.get("battery")
        return [
            Message(
                kind=next(kind for name, kind in _KINDS if name in numbers),
                # None where the frame says no state, or a state beyond free and occupied.
                status=None if state is None else _STATUS.get(state),
                battery_v=None if battery is None else battery / 100,
                temperature_c=None if temperature is None else plausible(temperature / 10),
                fault="restarted" if "rebooted_or_recalibrated" in fields else None,
                fields=fields,
            )
        ]


def _count(number: int, fields: dict[str, object]) -> None:
    """A frame may count twice; what it says of itself is not taken back by a number."""
    if number >= REBOOTED_COUNT:
        fields["rebooted_or_recalibrated"] = True
    else:
        fields["vehicle_count"] = number


CODEC = PlacePodCodec()
