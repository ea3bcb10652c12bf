"""From the stream to the rows that COPY writes, and back."""

from typing import Final

import msgspec
from sqlalchemy import RowMapping

from parking.domain.clock import from_micros, to_micros
from parking.occupancy.history_rows import storable
from parking.occupancy.streams import Entry, id_order
from parking.raw.model import DATA_FIELD, Outcome, RawMessage, RawRef, decode_entry

COLUMNS: Final = (
    "received_at",
    "entry_ms",
    "entry_seq",
    "item",
    "door",
    "source",
    "event",
    "speaker",
    "topic",
    "media_type",
    "body",
    "device_ids",
    "kinds",
    "outcomes",
)
Row = tuple[object, ...]
UNREADABLE: Final = "unreadable"
"""Source of an entry that this version cannot read: kept whole, for the version that wrote it."""

_encode: Final = msgspec.msgpack.Encoder().encode
_outcomes: Final = msgspec.msgpack.Decoder(list[Outcome])


def messages_of(entry: Entry) -> list[tuple[RawRef, RawMessage]]:
    """What a stream entry holds, each with its place."""
    entry_id, fields = entry
    entry_ms, entry_seq = id_order(entry_id)
    try:
        messages = decode_entry(fields)
    except ValueError:
        lost = Outcome("error", None, "entry_unreadable")
        messages = [RawMessage(entry_ms * 1000, "http", UNREADABLE, "", "", fields.get(DATA_FIELD, b""), [lost])]
    return [(RawRef(message.received_at, entry_ms, entry_seq, item), message) for item, message in enumerate(messages)]


def row_of(ref: RawRef, message: RawMessage) -> Row:
    return (
        from_micros(ref.received_at),
        ref.entry_ms,
        ref.entry_seq,
        ref.item,
        message.door,
        storable(message.source),
        storable(message.event),
        storable(message.speaker),
        storable(message.topic),
        storable(message.media_type),
        message.body,
        sorted({str(storable(outcome.device_id)) for outcome in message.outcomes if outcome.device_id is not None}),
        sorted({outcome.kind for outcome in message.outcomes}),
        _encode(message.outcomes),
    )


def outcomes_of(stored: bytes) -> list[Outcome]:
    return _outcomes.decode(stored)


def message_of(row: RowMapping) -> tuple[RawRef, RawMessage]:
    """From a row with all columns."""
    received_at = to_micros(row["received_at"])
    message = RawMessage(
        received_at,
        row["door"],
        row["source"],
        row["event"],
        row["speaker"],
        row["body"],
        outcomes_of(row["outcomes"]),
        row["topic"],
        row["media_type"],
    )
    return RawRef(received_at, row["entry_ms"], row["entry_seq"], row["item"]), message
