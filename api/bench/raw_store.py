"""The raw limit of ingest: how many readings a second the same live store takes, with nothing else around it."""

import time
from typing import Final

from redis.asyncio import Redis

from api.bench.readings import Watcher
from parking.domain.clock import to_micros, utc_now
from parking.occupancy.evidence import Observation, encode_observations

STREAMS: Final = 16
ENTRY: Final = 100
"""Readings in an entry: one request of 100 shared among shards makes smaller ones, callers that wait together larger."""
KEY: Final = "bench:raw:{%d}"


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


def _observation(watcher: Watcher, number: int) -> Observation:
    now = to_micros(utc_now())
    return Observation(
        watcher.device_id, watcher.space_id, watcher.zone_id, "restate", "free", now, now, 3600, "raw", number
    )
