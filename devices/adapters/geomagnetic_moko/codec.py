"""Turns frames of a MOKO LW009-SM into our words.

The event says why the frame was sent; the state stands beside it. A heartbeat restates, and so does a warning that leaves
the magnetometer able to tell. Interference and a dead sensor void its word.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from devices.adapters.geomagnetic_moko import messages
from devices.adapters.wire import int8, int16x3, plausible
from devices.ports import Message, PayloadError
from parking.occupancy.evidence import EvidenceKind, SelfReport, SensedStatus

_EVENTS: Final[Mapping[int, tuple[str, EvidenceKind, SelfReport | None]]] = MappingProxyType(
    {
        messages.HEARTBEAT_EVENT: ("heartbeat", "restate", None),
        messages.EMPTIED: ("emptied", "change", None),
        messages.OCCUPIED: ("occupied", "change", None),
        messages.INTERFERENCE: ("strong_interference", "fault", "interference"),
        messages.LOW_BATTERY: ("low_battery", "restate", "battery_low"),
        messages.MAGNETIC_FAILED: ("magnetic_sensor_failed", "fault", "sensor_failed"),
        messages.CLIMATE_FAILED: ("climate_sensor_failed", "restate", "other"),
        messages.RADAR_FAILED: ("radar_sensor_failed", "fault", "sensor_failed"),
    }
)
_BY_EVENT: Final[Mapping[int, SensedStatus]] = MappingProxyType(
    {messages.EMPTIED: "free", messages.OCCUPIED: "occupied"}
)
_BY_STATE: Final[Mapping[int, SensedStatus]] = MappingProxyType({0: "free", 1: "occupied"})

_Values = Mapping[int, bytes]


class Lw009Codec:
    """One port; what a frame is about stands in its first tag."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:  # noqa: ARG002 - one generation
        if port != messages.PORT:
            raise PayloadError(f"an LW009-SM sends nothing on port {port}")
        head = messages.read_head(payload)
        values = messages.read_values(payload)
        if messages.EVENT in values:
            return [_event(head, values)]
        if messages.DEVICE_TYPE in values:
            return [_parameters(head, values)]
        raise PayloadError("a frame of an LW009-SM has an event or a device type")


def _event(head: messages.Head, values: _Values) -> Message:
    code = values[messages.EVENT][0]
    found = _EVENTS.get(code)
    if found is None:
        raise PayloadError(f"event {code:02x} is not one of an LW009-SM")
    event, kind, fault = found
    state = values.get(messages.STATE)
    status = _BY_EVENT.get(code) or (None if state is None else _BY_STATE.get(state[0]))
    if kind == "restate" and state is None:
        # A heartbeat or a warning without the state: it proves life and claims nothing.
        kind = "telemetry"
    millivolts, percent = values.get(messages.VOLTAGE), values.get(messages.BATTERY_LEVEL)
    temperature, axes = values.get(messages.TEMPERATURE), values.get(messages.FIELD)
    return Message(
        kind=kind,
        status=status,
        battery_v=None if millivolts is None else int.from_bytes(millivolts, "big") / 1000,
        battery_pct=None if percent is None else float(percent[0]),
        temperature_c=None if temperature is None else plausible(int8(temperature[0])),
        device_at=head.at,
        sequence=head.counter,
        fault=fault,
        magnetic=None if axes is None else int16x3(axes, 0),
        fields=_fields(event, head, values),
    )


def _parameters(head: messages.Head, values: _Values) -> Message:
    kind = values[messages.DEVICE_TYPE]
    if int.from_bytes(kind, "big") != messages.LW009_SM:
        raise PayloadError(f"device type {kind.hex()} is not that of an LW009-SM")
    fields = _fields("config", head, values)
    return Message(kind="config", device_at=head.at, sequence=head.counter, fields=fields)


def _fields(event: str, head: messages.Head, values: _Values) -> dict[str, object]:
    fields: dict[str, object] = {"type": event, "device_time_s": head.seconds, "frame_counter": head.counter}
    for tag, value in values.items():
        name = _NAMES.get(tag)
        if name is not None:
            fields[name] = int.from_bytes(value, "big")
        elif tag == messages.FIELD:
            x, y, z = int16x3(value, 0)
            fields["magnetic"] = {"x": x, "y": y, "z": z}
        elif tag == messages.TEMPERATURE:
            fields["temperature_c"] = int8(value[0])
        elif tag == messages.HEARTBEAT:
            fields["heartbeat_s"] = int.from_bytes(value, "big") * messages.HEARTBEAT_STEP_S
        else:
            fields[f"tag_{tag:02x}"] = value.hex()
    return fields


_NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {
        messages.EVENT: "event",
        messages.DEVICE_TYPE: "device_type",
        messages.DEVICE_VERSION: "device_version",
        messages.SENSITIVITY: "sensitivity",
        messages.RADAR: "radar",
        messages.BATTERY_LEVEL: "battery_pct",
        messages.VOLTAGE: "battery_mv",
        messages.STATE: "state",
        messages.HUMIDITY: "humidity_pct",
    }
)

CODEC = Lw009Codec()
