"""Turns frames of Dingtek parking sensors into our words, and commands into theirs.

Every report carries the state, whether it was sent because of it or because an interval was over, and nothing tells the
two apart: all are changes, of which those that say what is known change nothing.
"""

from collections.abc import Mapping, Sequence

from devices.adapters.geomagnetic_dingtek import messages
from devices.adapters.geomagnetic_dingtek.messages import Model
from devices.adapters.wire import int8, int16x3, named, plausible
from devices.ports import Downlink, DownlinkError, Message, PayloadError


class DingtekCodec:
    """One model; the byte that names it is checked, so that a sensor registered as another is found out."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:  # noqa: ARG002 - one generation
        model = self._model
        if port != messages.PORT:
            raise PayloadError(f"a {model.name} sends nothing on port {port}")
        length = len(payload)
        if length < messages.PORT or payload[0] != messages.HEAD or payload[-1] != messages.TAIL:
            raise PayloadError(f"a frame of a {model.name} begins with 80 and ends with 81")
        if payload[2] != model.byte:
            raise PayloadError(f"model byte {payload[2]:02x} is not that of a {model.name}")
        kind = payload[3]
        if length == model.report_length == payload[4] and kind in messages.REPORTS:
            return [_report(payload, model)]
        if length == model.parameter_length and kind == messages.PARAMETERS:
            return [Message(kind="config", fields={"type": "config", **messages.parameters(payload, model)})]
        raise PayloadError(f"a {model.name} has no frame of kind {kind:02x} with {length} bytes")

    def encode(self, data: Mapping[str, object], *, version: str) -> Downlink:  # noqa: ARG002 - one generation
        if len(data) != 1:
            raise DownlinkError(f"one command sets one of {', '.join(sorted(self._model.commands))}")
        ((name, value),) = data.items()
        command = self._model.commands.get(name)
        if command is None:
            raise DownlinkError(
                f"a {self._model.name} takes {', '.join(sorted(self._model.commands))}, not {name[:64]!r}"
            )
        if type(value) is not int or not command.low <= value <= command.high:
            raise DownlinkError(f"{name} is a whole number from {command.low} to {command.high}")
        return Downlink(port=messages.PORT, payload=messages.command_text(self._model, command, value))


def _report(payload: bytes, model: Model) -> Message:
    occupied, battery_low = payload[7] >> 4 != 0, payload[8] & 0x0F != 0
    x, y, z = magnetic = int16x3(payload, messages.FIELD_AT)
    volts = (payload[9] << 8 | payload[10]) / 100
    at = 19 if model.has_climate else 17
    counter = payload[at] << 8 | payload[at + 1]
    fields: dict[str, object] = {
        "type": "status",
        "occupied": occupied,
        "battery_v": volts,
        "battery_low": battery_low,
        "level_alarm": payload[7] & 0x0F != 0,
        "magnetic_alarm": payload[8] >> 4 != 0,
        "magnetic": {"x": x, "y": y, "z": z},
        "frame_counter": counter,
    }
    if model.has_level:
        fields["distance_mm"] = payload[5] << 8 | payload[6]
    celsius = None
    if model.has_climate:
        celsius = int8(payload[17])
        fields["temperature_c"] = celsius
        fields["humidity_pct"] = payload[18]
    return Message(
        kind="change",
        status=named(occupied),
        battery_v=volts,
        temperature_c=None if celsius is None else plausible(celsius),
        sequence=counter,
        fault="battery_low" if battery_low else None,
        magnetic=magnetic,
        fields=fields,
    )


DO200 = DingtekCodec(messages.DO200)
DO201 = DingtekCodec(messages.DO201)
DO202 = DingtekCodec(messages.DO202)
