"""The writing end of the streams of readings: durable when `append` returns, and shut above the high-water mark."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from parking.domain.errors import UnavailableError
from parking.occupancy import keys
from parking.occupancy.evidence import (
    Observation,
    RetoldEntry,
    ZoneEntry,
    encode_observations,
    encode_retold,
    encode_zone,
)
from parking.occupancy.shards import SHARDS, shard_of

ENTRY_LIMIT: Final = 1000
"""Observations in one stream entry at most, so that an engine batch stays small enough to be quick."""
HIGH_WATER_BYTES: Final = 32 * 1024 * 1024
"""Memory of one shard's stream above which the door is shut: about 200,000 readings that history has not committed."""
TIMEOUT_S: Final = 5.0
GAUGE_AGE_S: Final = 1.0

Entry = tuple[str, dict[bytes, bytes]]
"""Key of a stream and the fields to append to it."""

_log = logging.getLogger(__name__)
_shard_of = lru_cache(maxsize=1 << 16)(shard_of)


class RedisReadingStream:
    """`ReadingStream` over Redis streams; `monotonic` counts seconds for the age of the backlog figure."""

    def __init__(
        self,
        redis: Redis,
        *,
        high_water_bytes: int = HIGH_WATER_BYTES,
        timeout_s: float = TIMEOUT_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._high_water = high_water_bytes
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._measured_at: float | None = None
        self._full: frozenset[int] = frozenset()

    async def append(self, observations: Sequence[Observation], beside: Sequence[Entry] = ()) -> None:
        """As the port; `beside` are entries of other streams that become durable in the same round trip."""
        by_shard: defaultdict[int, list[Observation]] = defaultdict(list)
        for observation in observations:
            by_shard[_shard_of(observation.zone_id)].append(observation)
        if not by_shard and not beside:
            return
        await self._measure()
        if not self._full.isdisjoint(by_shard):
            raise UnavailableError("more readings wait for history than may; try again later", code="backlog_full")
        async with self._redis.pipeline(transaction=False) as pipeline:
            for stream, fields in beside:
                self._add(pipeline, stream, fields)
            for shard, items in by_shard.items():
                for start in range(0, len(items), ENTRY_LIMIT):
                    fields = encode_observations(items[start : start + ENTRY_LIMIT])
                    self._add(pipeline, keys.readings(shard), fields)
            await self._guarded(pipeline.execute())

    async def define_zone(self, zone: ZoneEntry) -> None:
        await self._guarded(self._redis.xadd(keys.readings(shard_of(zone.zone_id)), encode_zone(zone)))  # type: ignore[arg-type]

    async def correct(self, entry: RetoldEntry) -> None:
        await self._guarded(self._redis.xadd(keys.readings(shard_of(entry.zone_id)), encode_retold(entry)))  # type: ignore[arg-type]

    async def backlog(self) -> Mapping[int, int]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard in SHARDS:
                pipeline.xlen(keys.readings(shard))
            lengths: list[int] = await self._guarded(pipeline.execute())
        return dict(zip(SHARDS, lengths, strict=True))

    @staticmethod
    def _add(pipeline: Pipeline, stream: str, fields: dict[bytes, bytes]) -> None:
        pipeline.xadd(stream, fields)  # type: ignore[arg-type]

    async def _measure(self) -> None:
        """Look once a second at how much each stream holds; history trims what it has committed."""
        now = self._monotonic()
        if self._measured_at is not None and now - self._measured_at < GAUGE_AGE_S:
            return
        self._measured_at = now
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard in SHARDS:
                pipeline.memory_usage(keys.readings(shard))
            sizes: list[int | None] = await self._guarded(pipeline.execute())
        full = frozenset(
            s for s, size in zip(SHARDS, sizes, strict=True) if size is not None and size > self._high_water
        )
        if bool(full) != bool(self._full):
            _log.warning(
                "readings: %s", f"backlog of shards {sorted(full)} is full" if full else "backlog has room again"
            )
        self._full = full

    async def _guarded(self, answer: Awaitable[Any]) -> Any:  # noqa: ANN401 - as the command answers
        try:
            async with asyncio.timeout(self._timeout_s):
                return await answer
        except (RedisError, OSError, TimeoutError) as error:
            raise UnavailableError(
                "the live store does not take readings now; try again later", code="live_store_unavailable"
            ) from error
