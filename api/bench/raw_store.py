"""Raw limits: how many readings a second the same live store takes or keeps, with nothing else around it."""

import os
import time
from collections.abc import Sequence
from typing import Any, Final

from redis.asyncio import Redis

from api.bench.evidence import BATCH, Entry
from api.bench.readings import Watcher
from parking.bus.connection import open_redis
from parking.domain.clock import to_micros, utc_now
from parking.occupancy.evidence import Observation, encode_observations

STREAMS: Final = 16
ENTRY: Final = 100
"""Readings in an entry: one request of 100 shared among shards makes smaller ones, callers that wait together larger."""
KEY: Final = "bench:raw:{%d}"
TOGETHER: Final = 20
"""Entries in one round trip, and of one commit: as many as the engine takes at once."""
STATE_BYTES: Final = 100
WINDOW_BYTES: Final = 55
"""What a space and a device of the bench's city take in the live store."""


async def raw_readings_per_second(redis_url: str, watcher: Watcher, *, seconds: float) -> float:
    """Append entries of 100 readings to 16 streams, one pipeline at a time, each on the disk before it is answered."""
    fields = encode_observations([_observation(watcher, number) for number in range(ENTRY)])
    done = 0
    async with Redis.from_url(redis_url) as redis:
        start = time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            async with redis.pipeline(transaction=False) as pipeline:
                for number in range(STREAMS):
                    pipeline.xadd(KEY % number, fields, maxlen=100)  # type: ignore[arg-type] # the stubs forbid bytes
                await pipeline.execute()
            done += STREAMS * ENTRY
        await redis.delete(*(KEY % number for number in range(STREAMS)))
    return done / spent


async def raw_appends_per_second(redis_url: str, entries: Sequence[Entry]) -> float:
    """Append the entries of a city to streams of their own and nothing more."""
    async with open_redis(redis_url) as redis:
        began = time.perf_counter()
        for start in range(0, len(entries), TOGETHER):
            async with redis.pipeline(transaction=False) as pipeline:
                for shard, fields in entries[start : start + TOGETHER]:
                    pipeline.xadd(KEY % shard, fields)  # type: ignore[arg-type] # the stubs forbid bytes
                await pipeline.execute()
        spent = time.perf_counter() - began
        await redis.delete(*(KEY % number for number in range(STREAMS)))
    return len(entries) * BATCH / spent


async def raw_commits_per_second(redis_url: str, *, spaces: int, seconds: float) -> float:
    """Write the state and the window of every reading of a batch into two hashes and nothing more."""
    size = TOGETHER * BATCH
    batches = [_values(start, size) for start in range(0, max(spaces, size), size)]
    done = 0
    async with open_redis(redis_url) as redis:
        began = time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds:
            number = done // size
            states, windows = batches[number % len(batches)]
            async with redis.pipeline(transaction=True) as pipeline:
                pipeline.hset(KEY % (number % STREAMS), items=states)
                pipeline.hset(f"{KEY % (number % STREAMS)}:windows", items=windows)
                await pipeline.execute()
            done += size
        await redis.delete(*(f"{KEY % number}{part}" for number in range(STREAMS) for part in ("", ":windows")))
    return done / spent


def _values(start: int, size: int) -> tuple[list[Any], list[Any]]:
    names = [f"bench-{number}".encode() for number in range(start, start + size)]
    states = [part for name in names for part in (name, os.urandom(STATE_BYTES))]
    return states, [part for name in names for part in (name, os.urandom(WINDOW_BYTES))]


def _observation(watcher: Watcher, number: int) -> Observation:
    now = to_micros(utc_now())
    return Observation(
        watcher.device_id, watcher.space_id, watcher.zone_id, "restate", "free", now, now, 3600, "raw", number
    )
