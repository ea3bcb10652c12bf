"""How dead letters, replayed letters and events set aside are written down in a store."""

from typing import Literal

import msgspec

from parking.bus.codec import UnreadableEventError, decode
from parking.bus.lane import Item
from parking.bus.ports import DeadLetter
from parking.domain.clock import from_micros
from parking.domain.errors import NotFoundError


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """An event outside its stream."""

    entry_id: str
    type: str
    subject: str
    body: bytes


class Letter(msgspec.Struct, frozen=True, array_like=True):
    """A dead letter; `failed_at` in microseconds since 1970 UTC."""

    partition: int
    kept: Kept
    reason: str
    attempts: int
    failed_at: int


_encoder = msgspec.msgpack.Encoder()
_kept = msgspec.msgpack.Decoder(Kept)
_letters = msgspec.msgpack.Decoder(Letter)


def to_kept(item: Item) -> Kept:
    return Kept(item.entry_id, item.type, item.subject, item.body)


def keep(item: Item) -> bytes:
    """The same bytes for the same event every time, so that a list can be searched for them."""
    return encode_kept(to_kept(item))


def encode_kept(kept: Kept) -> bytes:
    return _encoder.encode(kept)


def kept_item(data: bytes, origin: Literal["replay", "aside"]) -> Item:
    kept = _kept.decode(data)
    return Item(entry_id=kept.entry_id, type=kept.type, subject=kept.subject, body=kept.body, origin=origin)


def encode_letter(letter: Letter) -> bytes:
    return _encoder.encode(letter)


def decode_letter(data: bytes) -> Letter:
    return _letters.decode(data)


def dead_letter(letter_id: str, consumer: str, letter: Letter) -> DeadLetter:
    """What a person sees of a letter."""
    try:
        event = decode(letter.kept.body)
    except UnreadableEventError:
        event = None
    return DeadLetter(
        letter_id=letter_id,
        consumer=consumer,
        type=letter.kept.type,
        subject=letter.kept.subject,
        event=event,
        body=letter.kept.body,
        reason=letter.reason,
        attempts=letter.attempts,
        failed_at=from_micros(letter.failed_at),
    )


def unknown_letter(letter_id: str) -> NotFoundError:
    return NotFoundError(f"there is no dead letter {letter_id!r}", code="dead_letter_unknown")


def unknown_consumer(consumer: str) -> NotFoundError:
    return NotFoundError(f"{consumer!r} has no position on the bus", code="consumer_unknown")
