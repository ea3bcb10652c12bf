"""The writing end of the streams of readings: durable when `append` returns, and shut above the high-water mark."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from parking.bus.replicas import replicated
from parking.domain.errors import UnavailableError
from parking.occupancy import keys
from parking.occupancy.evidence import (
    MendEntry,
    Observation,
    RetoldEntry,
    ZoneEntry,
    encode_mend,
    encode_observations,
    encode_retold,
    encode_zone,
)
from parking.occupancy.shards import SHARDS, Shard, shard_of
from parking.occupancy.store_watch import TIMEOUT_S, StoreWatch, refusal_from

ENTRY_LIMIT: Final = 1000
"""Observations in one stream entry at most, so that an engine batch stays small enough to be quick."""

Entry = tuple[str, dict[bytes, bytes]]
"""Key of a stream and the fields to append to it."""

_shard_of = lru_cache(maxsize=1 << 16)(shard_of)


class RedisReadingStream:
    """`ReadingStream` over Redis streams; `watch` says whether the store may be trusted with more."""

    def __init__(self, redis: Redis, watch: StoreWatch | None = None, *, timeout_s: float = TIMEOUT_S) -> None:
        self._redis = redis
        self._watch = watch or StoreWatch(redis, timeout_s=timeout_s)
        self._timeout_s = timeout_s

    async def append(self, observations: Sequence[Observation], beside: Sequence[Entry] = ()) -> None:
        """As the port; `beside` are entries of other streams that become durable in the same round trip."""
        by_shard: defaultdict[Shard, list[Observation]] = defaultdict(list)
        for observation in observations:
            by_shard[_shard_of(observation.zone_id)].append(observation)
        if not by_shard and not beside:
            return
        await self._watch.admit(by_shard)
        async with self._redis.pipeline(transaction=False) as pipeline:
            for stream, fields in beside:
                self._add(pipeline, stream, fields)
            for shard, items in by_shard.items():
                for start in range(0, len(items), ENTRY_LIMIT):
                    fields = encode_observations(items[start : start + ENTRY_LIMIT])
                    self._add(pipeline, keys.readings(shard), fields)
            answers = await self._guarded(replicated(self._redis, pipeline))
        if self._watch.followed.devices:
            self._tell(by_shard, answers[len(beside) :])

    def _tell(self, by_shard: Mapping[Shard, list[Observation]], entry_ids: Sequence[bytes]) -> None:
        """Where followed readings stand now: the ids come in the order in which the entries were appended."""
        following, ids = self._watch.followed, iter(entry_ids)
        for shard, items in by_shard.items():
            for number, observation in enumerate(items):
                if number % ENTRY_LIMIT == 0:
                    entry_id = next(ids).decode()
                if observation.device_id in following.devices:
                    following.tell(
                        "stream",
                        observation.device_id,
                        observation.observed_at,
                        shard=shard,
                        entry=entry_id,
                        item=number % ENTRY_LIMIT,
                    )

    async def define_zone(self, zone: ZoneEntry) -> None:
        await self._guarded(self._redis.xadd(keys.readings(shard_of(zone.zone_id)), encode_zone(zone)))  # type: ignore[arg-type]

    async def correct(self, entry: RetoldEntry) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            self._add(pipeline, keys.readings(shard_of(entry.zone_id)), encode_retold(entry))
            await self._guarded(replicated(self._redis, pipeline))

    async def mend(self, entry: MendEntry) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            self._add(pipeline, keys.readings(entry.shard), encode_mend(entry))
            await self._guarded(replicated(self._redis, pipeline))

    async def backlog(self) -> Mapping[int, int]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard in SHARDS:
                pipeline.xlen(keys.readings(shard))
            lengths: list[int] = await self._guarded(pipeline.execute())
        return dict(zip(SHARDS, lengths, strict=True))

    @staticmethod
    def _add(pipeline: Pipeline, stream: str, fields: dict[bytes, bytes]) -> None:
        pipeline.xadd(stream, fields)  # type: ignore[arg-type]

    async def _guarded(self, answer: Awaitable[Any]) -> Any:  # noqa: ANN401 - as the command answers
        try:
            async with asyncio.timeout(self._timeout_s):
                return await answer
        except (RedisError, OSError, TimeoutError) as error:
            refusal = refusal_from(error)
            self._watch.refused[refusal.code] += 1
            raise UnavailableError(refusal.detail, code=refusal.code) from error
