"""Turns frames of Nwave sensors into our words.

A status frame is a change and tells how long the state before it lasted, which dates a frame that was lost. A heartbeat
restates. A driver's tag that registers with an occupied sensor says again that the space is taken, and since when.
"""

from collections.abc import Mapping, Sequence

from devices.adapters.geomagnetic_nwave import messages
from devices.adapters.geomagnetic_nwave.messages import Duration
from devices.adapters.wire import int8, named, plausible, require
from devices.ports import Message, PayloadError


class Nps310Codec:
    """State only."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:  # noqa: ARG002 - one generation
        if port == messages.STATUS_PORT:
            require(payload, "status", 1)
            occupied = payload[0] & 1 == 1
            return [Message(kind="change", status=named(occupied), fields={"type": "status", "occupied": occupied})]
        if port == messages.HEARTBEAT_PORT:
            require(payload, "heartbeat", 1)
            occupied = payload[0] & 1 == 1
            return [Message(kind="restate", status=named(occupied), fields={"type": "heartbeat", "occupied": occupied})]
        if port == messages.STARTUP_PORT:
            return [_startup(payload, messages.RESET_CAUSES_310)]
        return [_debug(payload, port, "NPS-3.10")]


class Nps405Codec:
    """Version 1 has the state in bit 7, version 2 in bit 0."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:
        if port == messages.STATUS_PORT:
            require(payload, "status", 1)
            occupied, before = messages.state_and_duration(payload[0], version)
            fields: dict[str, object] = {"type": "status", "occupied": occupied}
            _tell(before, fields)
            return [Message(kind="change", status=named(occupied), previous_s=before.seconds, fields=fields)]
        if port == messages.HEARTBEAT_PORT:
            return [_heartbeat(payload, version)]
        if port == messages.STARTUP_PORT:
            return [_startup(payload, messages.RESET_CAUSES_405)]
        if port == messages.REGISTRATION_PORT:
            return [_registration(payload, version)]
        return [_debug(payload, port, "NPS-4.05")]


class Ncc405Codec:
    """Counts vehicles and says nothing of a space."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:  # noqa: ARG002 - one generation
        if port == messages.STATUS_PORT:
            require(payload, "counter", 2)
            return [Message(kind="count", fields={"type": "count", "vehicle_count": payload[0] << 8 | payload[1]})]
        if port == messages.HEARTBEAT_PORT:
            require(payload, "heartbeat", 3)
            health, volts = payload[0] & messages.HEALTH_MASK, messages.battery_v(payload[1])
            fields = {
                "type": "heartbeat",
                "hw_health": health,
                "battery_v": volts,
                "battery_v_mean_24h": messages.battery_v(payload[2]),
            }
            return [Message(kind="telemetry", battery_v=volts, fault="other" if health else None, fields=fields)]
        if port == messages.STARTUP_PORT:
            require(payload, "start-up", 4)
            return [Message(kind="startup", fields=_started(payload, messages.RESET_CAUSES_405))]
        return [_debug(payload, port, "NCC-4.05")]


def _heartbeat(payload: bytes, version: str) -> Message:
    # Three bytes are documented; devices send three more, which the maker's decoder passes over.
    require(payload, "heartbeat", 3, 6)
    if version == messages.STATE_IN_BIT_7:
        occupied, health = payload[0] & 0x80 != 0, payload[0] & messages.HEALTH_MASK
    else:
        occupied, health = payload[0] & 1 == 1, payload[0] & messages.HEALTH_BESIDE_STATE
    volts, celsius = messages.battery_v(payload[1]), int8(payload[2]) / 2 + 10
    condition = messages.battery_health(volts, celsius)
    return Message(
        kind="restate",
        status=named(occupied),
        battery_v=volts,
        temperature_c=plausible(celsius),
        fault="other" if health else "battery_low" if condition != "normal" else None,
        fields={
            "type": "heartbeat",
            "occupied": occupied,
            "battery_v": volts,
            "battery_low": condition != "normal",
            "battery_health": condition,
            "temperature_c": celsius,
            "hw_health": health,
        },
    )


def _registration(payload: bytes, version: str) -> Message:
    """The longer frame of newer tags has their battery before their id: the length decides, as the maker's decoder does."""
    require(payload, "tag registration", messages.LONG_REGISTRATION - 1, messages.LONG_REGISTRATION)
    occupied, before = messages.state_and_duration(payload[0], version)
    fields: dict[str, object] = {"type": "tag_registration", "occupied": occupied or None}
    fields["tag_id"] = payload[-4:].hex().upper()
    if len(payload) == messages.LONG_REGISTRATION:
        fields["tag_battery_v"] = payload[1] / 10
    if not occupied:
        # Without the bit the frame says nothing of the state: a tag was near an empty space.
        return Message(kind="telemetry", fields=fields)
    _tell(before, fields)
    return Message(kind="change", status="occupied", previous_s=before.seconds, fields=fields)


def _startup(payload: bytes, causes: Mapping[int, str]) -> Message:
    require(payload, "start-up", 5)
    occupied = payload[4] & 1 == 1
    return Message(kind="startup", status=named(occupied), fields={**_started(payload, causes), "occupied": occupied})


def _started(payload: bytes, causes: Mapping[int, str]) -> dict[str, object]:
    return {
        "type": "startup",
        "firmware": messages.firmware(payload),
        "reset_cause": causes.get(payload[3], "unknown"),
        "reset_cause_code": payload[3],
    }


def _debug(payload: bytes, port: int, model: str) -> Message:
    if port != messages.DEBUG_PORT:
        raise PayloadError(f"an {model} sends nothing on port {port}")
    return Message(kind="telemetry", fields={"type": "debug", "raw": payload.hex()})


def _tell(before: Duration, fields: dict[str, object]) -> None:
    fields["previous_state_minutes"] = before.minutes
    fields["previous_state_minutes_error"] = before.error
    fields["previous_state_overflow"] = before.error is None


NPS310 = Nps310Codec()
NPS405 = Nps405Codec()
NCC405 = Ncc405Codec()
