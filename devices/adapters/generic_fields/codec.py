"""Decodes an object of named fields; what the fields may be called stands in `messages`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, get_args

import msgspec

from devices.adapters.generic_fields.messages import NAMES
from devices.ports import Message, PayloadError
from parking.occupancy.evidence import EvidenceKind, SelfReport, SensedStatus

_decoder = msgspec.json.Decoder(dict[str, object])

STATES: Final[Mapping[object, SensedStatus]] = MappingProxyType(
    {1: "occupied", "1": "occupied", "occupied": "occupied", 0: "free", "0": "free", "free": "free"}
)
"""True and false are found under 1 and 0."""
KINDS: Final[Mapping[object, EvidenceKind]] = MappingProxyType(
    {"change": "change", "heartbeat": "restate", "restate": "restate", "startup": "startup"}
)
FAULTS: Final[Mapping[str, SelfReport]] = MappingProxyType({name: name for name in get_args(SelfReport)})
NO_FAULT: Final = (msgspec.UNSET, None, "", 0, "0", "none")
LATEST_S: Final = 4_102_444_800
"""The year 2100; a larger number counts milliseconds."""
MILLI: Final = 1000


class FieldsCodec:
    """Every port and version reads the same."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:  # noqa: ARG002 - the port's signature
        try:
            fields = _decoder.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise PayloadError(f"no object of named fields: {error}"[:200]) from error
        named = {name: _found(fields, name, others) for name, others in NAMES.items()}
        fault = named["fault"]
        if fault not in NO_FAULT:
            return [_message(named, fields, kind="fault", status=None, fault=FAULTS.get(str(fault), "other"))]
        if named["parking_state"] is msgspec.UNSET:
            return [_message(named, fields, kind="telemetry", status=None)]
        return [_message(named, fields, kind=_kind(named["report_kind"]), status=_state(named["parking_state"]))]


def _found(fields: Mapping[str, object], name: str, others: Sequence[str]) -> object:
    return next((fields[each] for each in (name, *others) if each in fields), msgspec.UNSET)


def _state(value: object) -> SensedStatus | None:
    """Null is the sensor saying that it does not know; anything else that is no state is an error, and no space changes."""
    if value is None:
        return None
    if not isinstance(value, bool | int | str) or value not in STATES:
        raise PayloadError(f"no parking state: {value!r}"[:200])
    return STATES[value]


def _kind(value: object) -> EvidenceKind:
    if value is msgspec.UNSET:
        return "change"
    if not isinstance(value, str) or value not in KINDS:
        raise PayloadError(f"no kind of report: {value!r}"[:200])
    return KINDS[value]


def _message(
    named: Mapping[str, object],
    fields: Mapping[str, object],
    *,
    kind: EvidenceKind,
    status: SensedStatus | None,
    fault: SelfReport | None = None,
) -> Message:
    millivolts = _number(named["battery_mv"])
    volts = _number(named["battery_voltage"])
    return Message(
        kind=kind,
        status=status,
        confidence=_share(named["confidence"]),
        battery_v=volts if millivolts is None else millivolts / MILLI,
        battery_pct=_number(named["battery_level"]),
        temperature_c=_number(named["temperature"]),
        device_at=_instant(named["device_time"]),
        sequence=_counter(named["sequence"]),
        fault=fault,
        fields=fields,
    )


def _number(value: object) -> float | None:
    """Measurements beside the state are taken where they are numbers, and missed where they are not."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _share(value: object) -> float | None:
    number = _number(value)
    return number if number is not None and 0 <= number <= 1 else None


def _counter(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32 else None


def _instant(value: object) -> datetime | None:
    number = _number(value)
    if number is None:
        return None
    seconds = number if number < LATEST_S else number / MILLI
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < LATEST_S else None


CODEC = FieldsCodec()
