"""Rows of history in PostgreSQL's binary form of COPY: made here and handed to the driver as they are. Pure.

The driver would turn every value of every row into an object of its own and ask its type how it is written; at fifty
thousand readings a second that is half of a core. The columns stand in the order in which a row is quickest to write.
"""

from collections.abc import Iterable
from functools import cache
from struct import Struct
from typing import Final

import msgspec

from parking.occupancy.evidence import Observation
from parking.occupancy.history_rows import LARGEST_BIGINT, Judged, Published, storable

OBSERVATION_COLUMNS: Final = (
    "received_at",
    "observed_at",
    "silence_s",
    "shard",
    "item",
    "entry_id",
    "device_id",
    "space_id",
    "zone_id",
    "kind",
    "status",
    "disposition",
    "trusted",
    "source",
    "session",
    "sequence",
    "event_id",
    "confidence",
    "battery_v",
    "battery_pct",
    "temperature_c",
    "device_at",
    "gateway_at",
    "server_at",
    "previous_least_s",
    "previous_below_s",
    "fault",
    "magnetic",
)
CHANGE_COLUMNS: Final = (
    "at",
    "since",
    "shard",
    "item",
    "change_id",
    "space_id",
    "zone_id",
    "status",
    "previous_status",
    "belief",
    "evidence",
    "observed_at",
    "device_id",
    "confidence",
    "reason",
)
POSTGRES_EPOCH_US: Final = 946_684_800_000_000
"""2000-01-01 UTC, from which PostgreSQL counts microseconds."""

_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
_TRUE, _FALSE = b"\0\0\0\1\1", b"\0\0\0\1\0"
_INT: Final = Struct(">i").pack
_BIGINT: Final = Struct(">iq").pack
_DOUBLE: Final = Struct(">id").pack
_OBSERVATION_START: Final = Struct(">hiqiqiqiiii").pack
_CHANGE_START: Final = Struct(">hiqiqiiii").pack
_ARRAY_START: Final = Struct(">iiiii").pack
_FLOAT8_OID: Final = 701
_LENGTHS: Final = tuple(_INT(length) for length in range(256))
_REST: Final = slice(11, 21)
"""Of an observation: `confidence` to `magnetic`, which most readings do not have."""
_NO_REST: Final = (None,) * 10
_REST_NULL: Final = _NULL * 11


def observation_rows(readings: Iterable[Judged]) -> bytes:
    """Columns as `OBSERVATION_COLUMNS`."""
    parts: list[bytes] = []
    told_of, entry = "", b""
    as_tuple, start, text, words = msgspec.structs.astuple, _OBSERVATION_START, _text, _words
    columns, epoch = len(OBSERVATION_COLUMNS), POSTGRES_EPOCH_US
    for reading in readings:
        if reading.entry_id != told_of:
            told_of = reading.entry_id
            entry = text(told_of)
        values = as_tuple(reading.observation)
        device_id, space_id, zone_id, kind, status, observed_at, received_at, silence_s = values[:8]
        session, sequence, event_id = values[8:11]
        parts += (
            start(
                columns, 8, received_at - epoch, 8, observed_at - epoch, 8, silence_s, 4, reading.shard, 4, reading.item
            ),
            entry,
            text(device_id),
            text(space_id),
            text(zone_id),
            words(kind, status, reading.letter, values[21], values[23]),
            _NULL if session is None else _optional(storable(session)),
            _NULL if sequence is None or sequence > LARGEST_BIGINT else _BIGINT(8, sequence),
            _NULL if event_id is None else _optional(storable(event_id)),
            _REST_NULL if values[_REST] == _NO_REST else _rest(reading.observation),
        )
    return b"".join(parts)


def change_rows(changes: Iterable[Published]) -> bytes:
    """Columns as `CHANGE_COLUMNS`."""
    parts: list[bytes] = []
    columns = len(CHANGE_COLUMNS)
    for each in changes:
        change = each.change
        at, since = change.at - POSTGRES_EPOCH_US, change.since - POSTGRES_EPOCH_US
        parts += (
            _CHANGE_START(columns, 8, at, 8, since, 4, each.shard, 4, each.item),
            _text(each.change_id),
            _text(change.space_id),
            _text(change.zone_id),
            _text(change.status),
            _text(change.previous_status),
            _text(change.belief),
            _text(change.evidence),
            _instant(change.observed_at),
            _optional(change.device_id),
            _double(change.confidence),
            _optional(storable(change.closed_for or change.reason)),
        )
    return b"".join(parts)


def whole(rows: Iterable[bytes]) -> bytes:
    """What COPY takes: its head, the rows and its end."""
    return b"".join((_HEAD, *rows, _END))


def _text(value: str) -> bytes:
    data = value.encode()
    size = len(data)
    return (_LENGTHS[size] if size < len(_LENGTHS) else _INT(size)) + data


def _optional(value: str | None) -> bytes:
    return _NULL if value is None else _text(value)


@cache
def _words(kind: str, status: str | None, letter: str, trusted: bool, source: str | None) -> bytes:  # noqa: FBT001 - a value of a row
    """The columns of few values, of which there are few combinations."""
    trust = _TRUE if trusted else _FALSE
    return b"".join((_text(kind), _optional(status), _text(letter), trust, _optional(source)))


def _rest(said: Observation) -> bytes:
    spans = said.previous_s
    return b"".join(
        (
            _double(said.confidence),
            _double(said.battery_v),
            _double(said.battery_pct),
            _double(said.temperature_c),
            _instant(said.device_at),
            _instant(said.gateway_at),
            _instant(said.server_at),
            _NULL + _NULL if spans is None else _BIGINT(8, spans[0]) + _BIGINT(8, spans[1]),
            _optional(said.fault),
            _NULL if said.magnetic is None else _doubles(said.magnetic),
        )
    )


def _instant(micros: int | None) -> bytes:
    return _NULL if micros is None else _BIGINT(8, micros - POSTGRES_EPOCH_US)


def _double(value: float | None) -> bytes:
    return _NULL if value is None else _DOUBLE(8, value)


def _doubles(values: tuple[float, ...]) -> bytes:
    """An array of one dimension that counts from 1 and has no null in it."""
    data = _ARRAY_START(1, 0, _FLOAT8_OID, len(values), 1) + b"".join(_DOUBLE(8, value) for value in values)
    return _INT(len(data)) + data
