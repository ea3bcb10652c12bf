"""Turns frames of a Bosch TPS110 into our words.

A status frame is a change. A heartbeat restates the state and must never count as a new arrival; a start-up frame
says what the state is after the restart.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from devices.adapters.geomagnetic_bosch import messages
from devices.ports import Message, PayloadError
from parking.occupancy.evidence import SensedStatus

_Reader = Callable[[bytes, str], Message]


class BoschCodec:
    """Firmware generations differ in the heartbeat's length and in the meaning of a reset cause."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:
        reader = _READERS.get(port)
        if reader is None:
            raise PayloadError(f"a TPS110 sends nothing on port {port}")
        return [reader(payload, version)]


def _status(payload: bytes, version: str) -> Message:  # noqa: ARG001 - all readers look alike
    _require(payload, "status", 1)
    occupied = messages.is_occupied(payload[0])
    return Message(kind="change", status=_named(occupied), fields={"type": "status", "occupied": occupied})


def _heartbeat(payload: bytes, version: str) -> Message:
    lengths = (1,) if version == "0.23" else (1, 2)
    _require(payload, "heartbeat", *lengths)
    occupied = messages.is_occupied(payload[0])
    fields: dict[str, object] = {"type": "heartbeat", "occupied": occupied}
    if len(payload) == 1:
        return Message(kind="restate", status=_named(occupied), fields=fields)
    celsius = int.from_bytes(payload[1:2], "big", signed=True)
    fields["temperature"] = celsius
    return Message(kind="restate", status=_named(occupied), temperature_c=float(celsius), fields=fields)


def _startup(payload: bytes, version: str) -> Message:
    _require(payload, "start-up", messages.STARTUP_LENGTH)
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
    return Message(kind="startup", status=_named(startup.occupied), fields=fields)


def _debug(payload: bytes, version: str) -> Message:  # noqa: ARG001 - all readers look alike
    _require(payload, "debug", *range(messages.DEBUG_LENGTH - 2, messages.FRAME_LIMIT + 1))
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


def _device_usage(payload: bytes, version: str) -> Message:  # noqa: ARG001 - all readers look alike
    return Message(kind="telemetry", fields=_raw(payload, "device_usage"))


def _raw(payload: bytes, what: str) -> dict[str, object]:
    _require(payload, what, *range(1, messages.FRAME_LIMIT + 1))
    return {"type": what, "raw": payload.hex()}


def _require(payload: bytes, what: str, *lengths: int) -> None:
    if len(payload) not in lengths:
        raise PayloadError(f"a TPS110 {what} frame is not {len(payload)} bytes long")


def _named(occupied: bool) -> SensedStatus:  # noqa: FBT001 - one bit of the wire
    return "occupied" if occupied else "free"


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
