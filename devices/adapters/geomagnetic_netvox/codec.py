"""Turns frames of a Netvox R719A into our words, and commands into its.

A status report carries the state whether it changed or an interval was over; nothing tells the two apart: all are changes,
of which those that say what is known change nothing. The report after a start says nothing of the space.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from devices.adapters.geomagnetic_netvox import messages
from devices.adapters.wire import named, require
from devices.ports import Downlink, DownlinkError, Message, PayloadError


class NetvoxCodec:
    """Every frame names the device type, which is checked: other Netvox sensors send the same head."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:  # noqa: ARG002 - one generation
        if port not in {messages.REPORT_PORT, messages.COMMAND_PORT}:
            raise PayloadError(f"an R719A sends nothing on port {port}")
        require(payload, "R719A", messages.LENGTH)
        if payload[1] != messages.DEVICE_TYPE:
            raise PayloadError(f"device type {payload[1]:02x} is not that of an R719A")
        return [_report(payload) if port == messages.REPORT_PORT else _answer(payload)]

    def encode(self, data: Mapping[str, object], *, version: str) -> Downlink:  # noqa: ARG002 - one generation
        if data.get("Device", messages.DEVICE) != messages.DEVICE:
            raise DownlinkError("Device is R719A")
        command = data.get("Cmd")
        given = set(data) - {"Cmd", "Device"}
        if command == messages.READ_COMMAND and not given:
            return Downlink(port=messages.COMMAND_PORT, payload=messages.read_payload())
        if command == messages.SET_COMMAND and given == {"MinTime", "MaxTime", "BatteryChange"}:
            least, most = _seconds(data, "MinTime"), _seconds(data, "MaxTime")
            if least > most:
                raise DownlinkError("MinTime is not greater than MaxTime")
            payload = messages.set_payload(least, most, _tenths(data["BatteryChange"]))
            return Downlink(port=messages.COMMAND_PORT, payload=payload)
        raise DownlinkError(
            f"Cmd is {messages.READ_COMMAND} alone, or {messages.SET_COMMAND} with MinTime, MaxTime and BatteryChange"
        )


def _report(payload: bytes) -> Message:
    if payload[0] != messages.REPORT_VERSION:
        raise PayloadError(f"version {payload[0]} of the report is not known")
    if payload[2] == messages.VERSION_REPORT:
        fields: dict[str, object] = {
            "type": "startup",
            "firmware": f"{payload[3] / 10:g}",
            "hardware": str(payload[4]),
            "build_date": payload[5:9].hex(),
        }
        return Message(kind="startup", fields=fields)
    if payload[2] != messages.STATUS_REPORT:
        raise PayloadError(f"report {payload[2]} is not one of an R719A")
    battery_low, volts = payload[3] >= messages.BATTERY_LOW, (payload[3] & 0x7F) / 10
    occupied = messages.CAR.get(payload[4])
    return Message(
        kind="change",
        status=None if occupied is None else named(occupied),
        battery_v=volts,
        fault="battery_low" if battery_low else None,
        fields={
            "type": "status",
            "occupied": occupied,
            "battery_v": volts,
            "battery_low": battery_low,
            "CarOnOff": payload[4],
        },
    )


def _answer(payload: bytes) -> Message:
    if payload[0] == messages.SET_ANSWER:
        fields: dict[str, object] = {"type": "config_ack", "Cmd": "ConfigReportRsp", "ok": payload[2] == 0}
    elif payload[0] == messages.READ_ANSWER:
        fields = {
            "type": "config",
            "Cmd": "ReadConfigReportRsp",
            "MinTime": payload[2] << 8 | payload[3],
            "MaxTime": payload[4] << 8 | payload[5],
            "BatteryChange": payload[6] / 10,
        }
    else:
        raise PayloadError(f"answer {payload[0]:02x} is not one of an R719A")
    return Message(kind="config", fields=fields)


def _seconds(data: Mapping[str, object], name: str) -> int:
    value = data[name]
    if type(value) is not int or not 1 <= value <= messages.LARGEST_SECONDS:
        raise DownlinkError(f"{name} is a whole number of seconds from 1 to {messages.LARGEST_SECONDS}")
    return value


def _tenths(value: object) -> int:
    """Volts with one digit, which are exact only when rounded: 0.3 * 10 is no 3."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise DownlinkError("BatteryChange is a number of volts")
    tenths = round(value * 10) if 0 <= value * 10 <= messages.LARGEST_CHANGE_DV else -1
    if tenths < 0 or abs(value * 10 - tenths) > ROUNDING:
        raise DownlinkError(f"BatteryChange is from 0 to {messages.LARGEST_CHANGE_DV / 10} volts with one digit")
    return tenths


ROUNDING: Final = 1e-6

CODEC = NetvoxCodec()
