"""How far each stage is behind the one before it: the engine, history, the publisher; and shards that nobody looks after."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from parking.occupancy import keys, lua
from parking.occupancy.shards import SHARDS, Shard
from parking.occupancy.streams import START, id_order


@dataclass(frozen=True, kw_only=True, slots=True)
class ShardLag:
    """Times are milliseconds of the server's clock: when the oldest entry came that still waits; None when none does."""

    owned: bool
    readings: int
    """Entries that wait for the engine or for history."""
    readings_bytes: int
    changes: int
    """Entries, of which most are only kept for readers that come back."""
    engine_ms: int | None
    history_ms: int | None
    publisher_ms: int | None
    epoch: str
    """Names this life of the store; empty where no engine ever was."""
    commits: int
    """Batches in it."""


class LagReader:
    """Reads only. `history` is the last committed change entry by shard, which PostgreSQL knows."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._lag = redis.register_script(lua.source("lag"))

    async def read(self, history: Mapping[int, str]) -> dict[Shard, ShardLag]:
        """Raises RedisError."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard in SHARDS:
                pipeline.get(keys.published(shard))
            published: list[bytes | None] = await pipeline.execute()
        lags = {}
        for shard, reached in zip(SHARDS, published, strict=True):
            answer: list[Any] = await self._lag(
                keys=[keys.meta(shard), keys.lease(shard), keys.readings(shard), keys.changes(shard)],
                args=[history.get(shard, START), reached or START],
            )
            owned, readings, size, engine, unwritten, unpublished, changes, epoch, commits = answer
            lags[shard] = ShardLag(
                owned=bool(owned),
                readings=readings,
                readings_bytes=size,
                changes=changes,
                engine_ms=_came(engine),
                history_ms=_came(unwritten),
                publisher_ms=_came(unpublished),
                epoch=(epoch or b"").decode(),
                commits=int(commits),
            )
        return lags


def _came(entry_id: bytes | None) -> int | None:
    return None if entry_id is None else id_order(entry_id.decode())[0]
