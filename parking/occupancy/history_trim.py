"""Trimming: a stream entry goes when everyone who needs it has it, and never before."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from redis.asyncio import Redis

from parking.domain.clock import Clock, to_micros
from parking.occupancy import keys
from parking.occupancy.streams import id_order, next_id

CHANGES_KEPT_MS: Final = 600_000
"""Change entries stay ten minutes for readers that come back after a pause, whoever else has them already."""
FOLLOWED_KEPT_MS: Final = 20_000
"""Readings wait so long for the follower of device health: enough for it to start again. Longer would fill the memory that
the door needs; what it misses then only makes it begin some of its reckonings anew."""
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
        published = await self._ids(keys.published(shard) for shard in history)
        followed = await self._ids(keys.followed(shard) for shard in self._covered)
        now_ms = to_micros(self._clock()) // 1000
        oldest_ms = now_ms - CHANGES_KEPT_MS
        waiting: dict[int, str] = {}
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard, covered in self._covered.items():
                last = last_to_go(covered, followed[keys.followed(shard)], f"{now_ms - FOLLOWED_KEPT_MS}-0")
                pipeline.xtrim(keys.readings(shard), minid=next_id(last), approximate=False)
                if last != covered:
                    waiting[shard] = covered
            for shard, change_id in history.items():
                bounds = [change_id, f"{oldest_ms}-0"]
                last_published = published[keys.published(shard)]
                if last_published is not None:
                    bounds.append(last_published)
                pipeline.xtrim(keys.changes(shard), minid=min(bounds, key=id_order), approximate=True)
            await pipeline.execute()
        self._covered = waiting

    async def _ids(self, names: Iterable[str]) -> dict[str, str | None]:
        wanted = list(names)
        if not wanted:
            return {}
        async with self._redis.pipeline(transaction=False) as pipeline:
            for name in wanted:
                pipeline.get(name)
            answers: list[bytes | None] = await pipeline.execute()
        return {name: None if answer is None else answer.decode() for name, answer in zip(wanted, answers, strict=True)}


def last_to_go(covered: str, followed: str | None, oldest: str) -> str:
    """The last entry that nobody needs: what history has, without the younger ones that the follower has not."""
    if followed is None:
        return covered
    return min(covered, max(followed, oldest, key=id_order), key=id_order)
