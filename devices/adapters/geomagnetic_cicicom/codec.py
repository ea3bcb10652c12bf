"""Turns the text of a Cicicom S-LG-I3 into our words."""

from collections.abc import Sequence

from devices.adapters.geomagnetic_cicicom import messages
from devices.adapters.wire import named, plausible
from devices.ports import Message, PayloadError


class CicicomCodec:
    """The first letter names the message; the port carries no meaning."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:  # noqa: ARG002 - the port's signature
        reader = _READERS.get(payload[:1])
        message = None if reader is None else reader(payload)
        if message is None:
            raise PayloadError("not a message of an S-LG-I3")
        return [message]


def _change(payload: bytes) -> Message | None:
    found = messages.CHANGE.fullmatch(payload)
    if found is None:
        return None
    occupied = found.group(1) == b"1"
    return Message(kind="change", status=named(occupied), fields={"type": "status", "occupied": occupied})


def _report(payload: bytes) -> Message | None:
    found = messages.REPORT.fullmatch(payload)
    if found is None:
        return None
    occupied, volts, celsius = found.group(1) == b"1", float(found.group(2)), float(found.group(3))
    return Message(
        kind="restate",
        status=named(occupied),
        battery_v=volts,
        temperature_c=plausible(celsius),
        fields={"type": "heartbeat", "occupied": occupied, "battery_v": volts, "temperature_c": celsius},
    )


def _start(payload: bytes) -> Message | None:
    found = messages.START.fullmatch(payload)
    if found is None:
        return None
    occupied, volts, celsius = found.group(1) == b"1", float(found.group(2)), float(found.group(3))
    return Message(
        kind="startup",
        status=named(occupied),
        battery_v=volts,
        temperature_c=plausible(celsius),
        fields={
            "type": "startup",
            "occupied": occupied,
            "battery_v": volts,
            "temperature_c": celsius,
            "firmware": found.group(4).decode("ascii"),
        },
    )


def _malfunction(payload: bytes) -> Message | None:
    found = messages.MALFUNCTION.fullmatch(payload)
    if found is None:
        return None
    volts = float(found.group(1))
    fields = {"type": "fault", "battery_v": volts, "fault_bytes": found.group(2).hex()}
    return Message(kind="fault", battery_v=volts, fault="sensor_failed", fields=fields)


_READERS = {b"C": _change, b"K": _report, b"R": _start, b"E": _malfunction}

CODEC = CicicomCodec()
