"""Where a listener of the stream is: one position per shard in one short text, good in every process of the city."""

from base64 import b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence

import msgspec

from parking.domain.errors import InvalidInputError
from parking.occupancy.shards import SHARD_COUNT

ChangeOrder = tuple[int, int]
"""Milliseconds and counter of an entry of a change stream, which is what its id sorts by."""

_numbers = msgspec.msgpack.Decoder(list[int])


def change_order(change_id: str) -> ChangeOrder:
    milliseconds, _, counter = change_id.partition("-")
    return int(milliseconds), int(counter or 0)


def write_position(orders: Sequence[ChangeOrder]) -> str:
    """Milliseconds are written as distances from the newest, which keeps the text at about a hundred characters."""
    newest = max(milliseconds for milliseconds, _ in orders)
    numbers = [newest]
    for milliseconds, counter in orders:
        numbers += (newest - milliseconds, counter)
    return urlsafe_b64encode(msgspec.msgpack.encode(numbers)).rstrip(b"=").decode()


def read_position(text: str) -> list[ChangeOrder]:
    """Raise `InvalidInputError` (`position_invalid`) for what `write_position` never wrote."""
    try:
        numbers = _numbers.decode(b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, Base64Error, msgspec.MsgspecError) as error:
        raise InvalidInputError("this is not an id of this stream", code="position_invalid") from error
    if len(numbers) != 1 + 2 * SHARD_COUNT:
        raise InvalidInputError("this id has the wrong number of shards", code="position_invalid")
    newest = numbers[0]
    return [(newest - behind, counter) for behind, counter in zip(numbers[1::2], numbers[2::2], strict=True)]
