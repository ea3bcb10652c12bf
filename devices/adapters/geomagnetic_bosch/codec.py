"""Turns frames of a Bosch TPS110 into our words.

A status frame is a change. A heartbeat restates the state and must never count as a new arrival; a start-up frame
says what the state is after the restart.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from devices.adapters.geomagnetic_bosch import messages
from devices.adapters.wire import int8, named, plausible, require
from devices.ports import Message, PayloadError

_Reader = Callable[[bytes, str], Message]


class BoschCodec:
    """Firmware generations differ in the heartbeat's length and in the meaning of a reset cause."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:
        reader = _READERS.get(port)
        if reader is None:
            raise PayloadError(f"a TPS110 sends nothing on port {port}")
        return [reader(payload, version)]


def _status(payload: bytes, version: str) -> Message:  # noqa: ARG001 - all readers look alike
    require(payload, "status", 1)
    occupied = messages.is_occupied(payload[0])
    return Message(kind="change", status=named(occupied), fields={"type": "status", "occupied": occupied})


def _heartbeat(payload: bytes, version: str) -> Message:
    lengths = (1,) if version == "0.23" else (1, 2)
    require(payload, "heartbeat", *lengths)
    occupied = messages.is_occupied(payload[0])
    fields: dict[str, object] = {"type": "heartbeat", "occupied": occupied}
    if len(payload) == 1:
        return Message(kind="restate", status=named(occupied), fields=fields)
    celsius = int8(payload[1])
    fields["temperature"] = celsius
    return Message(kind="restate", status=named(occupied), temperature_c=plausible(celsius), fields=fields)


def _startup(payload: bytes, version: str) -> Message:
    require(payload, "start-up", messages.STARTUP_LENGTH)
    startup = messages.read_startup(payload)
    fields = {
        "type": "startup",
        "occupied": startup.occupied,
        "debug": startup.debug.hex(),
        "debug_codes": messages.debug_codes(startup.debug),
        "firmware": startup.firmware,
        "reset_cause": messages.RESET_CAUSES[version].get(startup.reset_cause, "unknown"),
        "reset_cause_code": startup.reset_cause,
    }
    return Message(kind="startup", status=named(startup.occupied), fields=fields)


def _debug(payload: bytes, version: str) -> Message:  # noqa: ARG001 - all readers look alike
    require(payload, "debug", *range(messages.DEBUG_LENGTH - 2, messages.FRAME_LIMIT + 1))
    debug = messages.read_debug(payload)
    fields = {
        "type": "debug",
        "timestamp": debug.timestamp,
        "debug_code": debug.debug_code,
        "sequence_number": debug.sequence_number,
        "raw": payload.hex(),
    }
    return Message(kind="telemetry", fields=fields)


def _device_information(payload: bytes, version: str) -> Message:  # noqa: ARG001 - all readers look alike
    return Message(kind="config", fields=_raw(payload, "device_information"))


def _device_usage(payload: bytes, version: str) -> Message:
    fields = _raw(payload, "device_usage")
    if version == messages.USAGE_VERSION:
        fields.update(messages.read_usage(payload))
    return Message(kind="telemetry", fields=fields)


def _raw(payload: bytes, what: str) -> dict[str, object]:
    require(payload, what, *range(1, messages.FRAME_LIMIT + 1))
    return {"type": what, "raw": payload.hex()}


_READERS: Final[Mapping[int, _Reader]] = MappingProxyType(
    {
        messages.STATUS_PORT: _status,
        messages.HEARTBEAT_PORT: _heartbeat,
        messages.STARTUP_PORT: _startup,
        messages.DEVICE_INFORMATION_PORT: _device_information,
        messages.DEVICE_USAGE_PORT: _device_usage,
        messages.DEBUG_PORT: _debug,
    }
)

CODEC = BoschCodec()
