"""The outcomes of raw messages as they come in, for whoever follows them from a stored position. It holds nothing back."""

from typing import Any

from redis.asyncio import Redis

from parking.occupancy.streams import START, read_streams
from parking.raw.model import STREAM, RawMessage, decode_entry


class RawFollower:
    """Reads only. Raises `redis.exceptions.RedisError` while the live store cannot answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def end(self) -> str:
        """Where the stream ends now."""
        newest: Any = await self._redis.xrevrange(STREAM, count=1)
        return bytes(newest[0][0]).decode() if newest else START

    async def read(self, after: str, *, count: int) -> list[tuple[str, list[RawMessage]]]:
        """What came after the position, without waiting; an entry that this version cannot read counts as empty."""
        found = await read_streams(self._redis, {STREAM: after}, count=count, block_ms=1)
        return [(entry_id, _messages(fields)) for entry_id, fields in found.get(STREAM, [])]


def _messages(fields: dict[bytes, bytes]) -> list[RawMessage]:
    try:
        return decode_entry(fields)
    except ValueError:
        return []
