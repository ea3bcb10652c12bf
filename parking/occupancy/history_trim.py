"""Trimming: a stream entry goes when everyone who needs it has it, and never before."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from redis.asyncio import Redis

from parking.domain.clock import Clock, to_micros
from parking.occupancy import keys
from parking.occupancy.streams import id_order, next_id

CHANGES_KEPT_MS: Final = 600_000
"""Change entries stay ten minutes for readers that come back after a pause, whoever else has them already."""
EVERY_S: Final = 1.0


class StreamTrimmer:
    """Readings go when history has committed them; the engine has then consumed them, too."""

    def __init__(self, redis: Redis, clock: Clock, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._monotonic = monotonic
        self._covered: dict[int, str] = {}
        self._trimmed_at: float | None = None

    def covered(self, readings: Mapping[int, str]) -> None:
        """History has committed the reading entries of each shard up to this one."""
        self._covered.update(readings)

    async def trim(self, history: Mapping[int, str], *, now: bool = False) -> None:
        """`history`: last committed change entry by shard. Works once a second, or at once with `now`."""
        moment = self._monotonic()
        if not now and self._trimmed_at is not None and moment - self._trimmed_at < EVERY_S:
            return
        self._trimmed_at = moment
        published = await self._published(history)
        oldest_ms = to_micros(self._clock()) // 1000 - CHANGES_KEPT_MS
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard, reading_id in self._covered.items():
                pipeline.xtrim(keys.readings(shard), minid=next_id(reading_id), approximate=False)
            for shard, change_id in history.items():
                bounds = [change_id, f"{oldest_ms}-0"]
                if published[shard] is not None:
                    bounds.append(str(published[shard]))
                pipeline.xtrim(keys.changes(shard), minid=min(bounds, key=id_order), approximate=True)
            await pipeline.execute()
        self._covered.clear()

    async def _published(self, history: Mapping[int, str]) -> dict[int, str | None]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard in history:
                pipeline.get(keys.published(shard))
            answers: list[bytes | None] = await pipeline.execute()
        return {
            shard: None if answer is None else answer.decode() for shard, answer in zip(history, answers, strict=True)
        }
