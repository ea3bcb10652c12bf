"""Reading Redis streams in one shape, whichever protocol version the client speaks; and the order of entry ids."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from redis.asyncio import Redis

START: Final = "0-0"
Fields = dict[bytes, bytes]
Entry = tuple[str, Fields]


async def read_streams(
    redis: Redis, positions: Mapping[str, str], *, count: int, block_ms: int
) -> dict[str, list[Entry]]:
    """Entries after each position by stream, oldest first; empty when none came within `block_ms`.

    Raises `redis.exceptions.RedisError` while the server cannot answer.
    """
    wanted: Any = dict(positions)
    answer: Any = await redis.xread(wanted, count=count, block=block_ms)
    rows: Iterable[tuple[bytes, Any]] = answer.items() if isinstance(answer, dict) else answer
    streams: dict[str, list[Entry]] = {}
    for name, entries in rows:
        # The third protocol version wraps the entries of a stream in one more list than the second.
        flat = entries[0] if entries and isinstance(entries[0], list) else entries
        streams[name.decode()] = [(entry_id.decode(), fields) for entry_id, fields in flat]
    return streams


async def read_range(redis: Redis, stream: str, first: str, last: str) -> list[Entry]:
    """Entries from `first` to `last`, both included."""
    answer: Any = await redis.xrange(stream, first, last)
    return [(entry_id.decode(), fields) for entry_id, fields in answer]


def id_order(entry_id: str) -> tuple[int, int]:
    """What an entry id sorts by: milliseconds of the server, then a counter within them."""
    milliseconds, _, counter = entry_id.partition("-")
    return int(milliseconds), int(counter or 0)


def next_id(entry_id: str) -> str:
    """The smallest id above this one: what trimming needs to drop the entry itself as well."""
    milliseconds, counter = id_order(entry_id)
    return f"{milliseconds}-{counter + 1}"
