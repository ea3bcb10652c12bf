"""Turns frames of a Tekzitel TEKZIPARK into our words, and its settings into one command.

A frame is a change unless its flags call it a keep-alive, which restates, or a reset, which says what the state is after a
restart. An obstructed radar is reported beside the state that the magnetometer still tells.
"""

from collections.abc import Mapping, Sequence

from devices.adapters.geomagnetic_tekzitel import messages
from devices.adapters.wire import int8, named, plausible, require
from devices.ports import Downlink, DownlinkError, Message, PayloadError
from parking.occupancy.evidence import EvidenceKind, SelfReport


class TekziparkCodec:
    """Three bytes that both ports share, then beacons on port 1 and fields of the detector on port 2."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:  # noqa: ARG002 - one generation
        if port == messages.STATUS_PORT:
            length = len(payload)
            # Signal strength and whole beacon ids follow the short form; half an id is a cut frame.
            if length != messages.SHORT_LENGTH and (length % 2 or not messages.BEACONS_AT <= length <= messages.LIMIT):
                raise PayloadError(f"a TEKZIPARK status frame is not {length} bytes long")
            return [_message(payload, _beacons(payload))]
        if port == messages.DEBUG_PORT:
            require(payload, "debug", messages.DEBUG_LENGTH)
            return [_message(payload, _detector(payload))]
        raise PayloadError(f"a TEKZIPARK sends nothing on port {port}")

    def encode(self, data: Mapping[str, object], *, version: str) -> Downlink:  # noqa: ARG002 - one generation
        """Every setting is given: the command sets them all, and one left out would be set to zero."""
        if set(data) != set(messages.SETTINGS):
            wrong = sorted(set(data) ^ set(messages.SETTINGS))
            raise DownlinkError(f"a TEKZIPARK is set with all of its settings and no other: {', '.join(wrong)[:200]}")
        payload = bytearray(messages.COMMAND_LENGTH)
        for name, bits in messages.SETTINGS.items():
            value, highest = data[name], (1 << bits.width) - 1
            if type(value) is not int or not 0 <= value <= highest:
                raise DownlinkError(f"{name} is a whole number from 0 to {highest}")
            payload[bits.byte] |= value << bits.shift
        return Downlink(port=messages.COMMAND_PORT, payload=bytes(payload))


def _message(payload: bytes, more: dict[str, object]) -> Message:
    flags = payload[0]
    kind, event = _kind(flags)
    occupied, battery_low = flags >= messages.OCCUPIED, flags & messages.GOOD_BATTERY == 0
    obstructed = flags & messages.OBSTRUCTION != 0 or more.get("obstruction_level", 0) != 0
    celsius = int8(payload[1])
    fields: dict[str, object] = {
        "type": event,
        "occupied": occupied,
        "temperature_c": celsius,
        "battery_low": battery_low,
        "obstruction": obstructed,
        "radar_used": flags & messages.RADAR != 0,
        "no_beacon": flags & messages.NO_BEACON != 0,
        "vendor_space_id": payload[2],
        **more,
    }
    return Message(
        kind=kind,
        status=named(occupied),
        temperature_c=plausible(celsius),
        fault=_fault(more, obstructed=obstructed, battery_low=battery_low),
        magnetic=(int8(payload[6]), int8(payload[7]), int8(payload[8])) if "baseline" in more else None,
        fields=fields,
    )


def _kind(flags: int) -> tuple[EvidenceKind, str]:
    if flags & messages.RESET:
        return "startup", "startup"
    return ("restate", "heartbeat") if flags & messages.KEEP_ALIVE else ("change", "status")


def _fault(more: Mapping[str, object], *, obstructed: bool, battery_low: bool) -> SelfReport | None:
    """The worst of what is wrong; what a code means is not published."""
    if obstructed:
        return "obstructed"
    if more.get("fault_code", 0) != 0:
        return "other"
    return "battery_low" if battery_low else None


def _beacons(payload: bytes) -> dict[str, object]:
    if len(payload) == messages.SHORT_LENGTH:
        return {}
    ids = [payload[at] << 8 | payload[at + 1] for at in range(messages.BEACONS_AT, len(payload), 2)]
    return {"beacon_rssi_dbm": int8(payload[3]), "beacons": ids}


def _detector(payload: bytes) -> dict[str, object]:
    return {
        "deflection": {"x": int8(payload[3]), "y": int8(payload[4]), "z": int8(payload[5])},
        "baseline": {"x": int8(payload[6]), "y": int8(payload[7]), "z": int8(payload[8])},
        "fault_code": payload[9],
        "obstruction_level": payload[10],
        "reflection": payload[11],
    }


CODEC = TekziparkCodec()
