"""Reading Redis streams in one shape, whichever protocol version the client speaks; and the order of entry ids."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final

from redis.asyncio import Redis

from parking.bus.cluster import ClusterRedis
from parking.bus.standing_reads import Read

START: Final = "0-0"
Fields = dict[bytes, bytes]
Entry = tuple[str, Fields]


async def read_streams(
    redis: Redis, positions: Mapping[str, str], *, count: int, block_ms: int
) -> dict[str, list[Entry]]:
    """Entries after each position by stream, oldest first; empty when none came within `block_ms`.

    Raises `redis.exceptions.RedisError` while the server cannot answer. A cluster has one command for each stream, because
    their slots differ: then a stream whose node answers first may come alone.
    """
    if not isinstance(redis, ClusterRedis) or len(positions) == 1:
        return await _read(redis, positions, count, block_ms)

    def reading(stream: str, position: str) -> Read:
        async def read() -> list[Entry]:
            return (await _read(redis, {stream: position}, count, block_ms)).get(stream, [])

        return read

    reads: dict[Hashable, Read] = {(name, at, count): reading(name, at) for name, at in positions.items()}
    found = await redis.standing_reads.first(reads, within_s=block_ms / 1000)
    return {name: found[name, at, count] for name, at in positions.items() if (name, at, count) in found}


async def _read(redis: Redis, positions: Mapping[str, str], count: int, block_ms: int) -> dict[str, list[Entry]]:
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
