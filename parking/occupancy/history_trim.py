"""Trimming: a stream entry goes when everyone who needs it has it, and never before."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from redis.asyncio import Redis

from parking.domain.clock import Clock, to_micros
from parking.occupancy import keys, lua
from parking.occupancy.streams import id_order

CHANGES_KEPT_MS: Final = 600_000
"""Change entries stay ten minutes for readers that come back after a pause, whoever else has them already."""
FOLLOWED_KEPT_MS: Final = 20_000
"""Readings wait so long for the follower of device health: enough for it to start again. Longer would fill the memory that
the door needs; what it misses then only makes it begin some of its reckonings anew."""
EVERY_S: Final = 1.0


Place = tuple[str, str]
"""An entry id and the life of the store that it is of, which stands first."""


class StreamTrimmer:
    """Readings go when history has committed them and the engine has consumed them; nothing goes of a life of the store that
    began since history looked.
    """

    def __init__(self, redis: Redis, clock: Clock, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._monotonic = monotonic
        self._trim = redis.register_script(lua.source("trim"))
        self._covered: dict[int, Place] = {}
        self._trimmed_at: float | None = None

    def covered(self, readings: Mapping[int, Place]) -> None:
        """History has committed the reading entries of each shard up to this one."""
        self._covered.update(readings)

    async def trim(self, history: Mapping[int, Place], *, now: bool = False) -> None:
        """`history`: last committed change entry by shard. Works once a second, or at once with `now`."""
        moment = self._monotonic()
        if not now and self._trimmed_at is not None and moment - self._trimmed_at < EVERY_S:
            return
        self._trimmed_at = moment
        published = await self._ids(keys.published(shard) for shard in history)
        followed = await self._ids(keys.followed(shard) for shard in self._covered)
        now_ms = to_micros(self._clock()) // 1000
        oldest, unfollowed = f"{now_ms - CHANGES_KEPT_MS}-0", f"{now_ms - FOLLOWED_KEPT_MS}-0"
        for shard, (epoch, change_id) in history.items():
            needed = [change_id, oldest]
            last_published = published[keys.published(shard)]
            if last_published is not None:
                needed.append(last_published)
            life, covered = self._covered.get(shard, (epoch, ""))
            is_ours = life == epoch and covered != ""
            last = last_to_go(covered, followed[keys.followed(shard)], unfollowed) if is_ours else ""
            names = [keys.meta(shard), keys.readings(shard), keys.changes(shard)]
            gone: bytes | None = await self._trim(keys=names, args=[epoch, last, min(needed, key=id_order)])
            if gone == covered.encode() or life != epoch:
                self._covered.pop(shard, None)

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
