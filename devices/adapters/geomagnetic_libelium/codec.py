"""Turns frames of a Libelium Smart Parking node into our words.

An info frame is a change, a keep-alive restates. Every other frame has the state bit too and was not sent because of it:
such a frame repeats the bit and never moves a space. After a start the bit is what the memory holds after a reset and no
look at the space, so that it is told with a confidence of zero: the space is unknown until the node speaks of it.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from devices.adapters.geomagnetic_libelium import messages
from devices.adapters.wire import int8, int16x3, named, plausible, require
from devices.ports import Message
from parking.occupancy.evidence import EvidenceKind, SelfReport

_FIRMWARE_2: Final = "2"

_KINDS: Final[Mapping[int, tuple[EvidenceKind, str]]] = MappingProxyType(
    {
        messages.INFO: ("change", "status"),
        messages.KEEP_ALIVE: ("restate", "heartbeat"),
        messages.DAILY: ("telemetry", "daily"),
        messages.ERROR: ("fault", "error"),
        messages.START_1: ("startup", "startup"),
        messages.START_2: ("startup", "startup"),
    }
)
_ELSE: Final[tuple[EvidenceKind, str]] = ("telemetry", "service")


class _Told(NamedTuple):
    """What the nine bytes say beside the fields that they add; the defaults are a body that nobody can read."""

    celsius: int | None = None
    battery_v: float | None = None
    magnetic: tuple[float, float, float] | None = None
    fault: SelfReport | None = None
    words: Mapping[str, object] = MappingProxyType({})


class SmartParkingCodec:
    """The port carries no meaning; the two bytes of the head are the same for all firmware, the nine of the body are not."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:  # noqa: ARG002 - the port's signature
        require(payload, "Smart Parking", messages.LENGTH)
        head = payload[0]
        frame_type = head & messages.TYPE
        kind, event = _KINDS.get(frame_type, _ELSE)
        occupied, battery_low = head >= messages.OCCUPIED, head & messages.BATTERY_LOW != 0
        fields: dict[str, object] = {
            "type": event,
            "occupied": occupied,
            "battery_low": battery_low,
            "frame_type": frame_type,
            "frame_type_name": messages.FRAME_TYPES.get(frame_type, "unknown"),
            "frame_counter": payload[1],
            "frame_counter_bits": 8,
        }
        readers = _FIRMWARE_2_READERS if version == _FIRMWARE_2 else _FIRMWARE_3_READERS
        told = readers.get(frame_type, _unread)(payload)
        if told.celsius is not None:
            fields["temperature_c"] = told.celsius
        fields.update(told.words)
        fault = told.fault
        if version != _FIRMWARE_2:
            fields["config_up"] = "nack" if head & messages.CONFIG_NACK else "ack"
            fields["sensor_recalibration"] = int(head & messages.RECALIBRATED != 0)
            if fault is None and head & messages.RECALIBRATED:
                fault = "recalibrated"
        elif kind == "fault" and fault != "sensor_failed":
            # A radio or a clock that fails does not void what the magnetometer says.
            kind = "telemetry"
        return [
            Message(
                kind=kind,
                status=named(occupied),
                confidence=0.0 if kind == "startup" else None,
                battery_v=told.battery_v,
                temperature_c=None if told.celsius is None else plausible(told.celsius),
                sequence=payload[1],
                fault=fault or ("battery_low" if battery_low else None),
                magnetic=told.magnetic,
                fields=fields,
            )
        ]


def _unread(payload: bytes) -> _Told:
    return _Told(words={"raw": payload[2:].hex()})


def _info_2(payload: bytes) -> _Told:
    words = {"magnetic": messages.unsigned_axes(payload, 3)}
    return _Told(int8(payload[2]), magnetic=int16x3(payload, 3), words=words)


def _clocked_2(payload: bytes) -> _Told:
    """Keep-alive and radio test: hour, minute, temperature and field."""
    words = {"device_clock": messages.clock(payload), "magnetic": messages.unsigned_axes(payload, 5)}
    return _Told(int8(payload[4]), magnetic=int16x3(payload, 5), words=words)


def _error_2(payload: bytes) -> _Told:
    failed = payload[2] & messages.SENSOR_ERRORS
    words = {
        "errors": messages.errors(payload[2]),
        "magnetic": messages.unsigned_axes(payload, 4),
        "battery": payload[10],
    }
    return _Told(
        int8(payload[3]),
        magnetic=int16x3(payload, 4),
        fault="sensor_failed" if failed else "other",
        words=words,
    )


def _start_2(payload: bytes) -> _Told:
    words = {"reference": messages.unsigned_axes(payload, 3)}
    return _Told(int8(payload[2]), battery_v=(payload[9] << 8 | payload[10]) / 1000, words=words)


def _state_3(payload: bytes) -> _Told:
    error = payload[2]
    return _Told(int8(payload[3]), fault="sensor_failed" if error else None, words={"sensor_error": error})


_FIRMWARE_2_READERS: Final[Mapping[int, Callable[[bytes], _Told]]] = MappingProxyType(
    {
        messages.INFO: _info_2,
        messages.KEEP_ALIVE: _clocked_2,
        messages.DAILY: lambda payload: _Told(words=messages.daily(payload)),
        messages.ERROR: _error_2,
        messages.START_1: _start_2,
        messages.START_2: lambda payload: _Told(words=messages.configuration(payload)),
        messages.RSSI: _clocked_2,
    }
)
_FIRMWARE_3_READERS: Final[Mapping[int, Callable[[bytes], _Told]]] = MappingProxyType(
    {
        messages.INFO: _state_3,
        messages.KEEP_ALIVE: _state_3,
        messages.ERROR: lambda payload: _Told(fault="other", words={"raw": payload[2:].hex()}),
        messages.START_1: lambda payload: _Told(words={"firmware_version": payload[2], "raw": payload[2:].hex()}),
    }
)

CODEC = SmartParkingCodec()
