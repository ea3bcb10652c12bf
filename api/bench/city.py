"""`parking bench city`: how much memory a city takes, each of whose devices has spoken, and how soon another engine has it."""

import asyncio
import time
from typing import Final

from redis.asyncio import Redis

from api.bench.commits import live_commits
from api.bench.evidence import CityEvidence
from api.bench.report import Figure
from api.bench.street import Street, open_street
from api.bench.usage import resident_mib
from parking.bus.connection import open_redis
from parking.domain.clock import to_micros, utc_now
from parking.occupancy.live_reader import LiveReader

SPACES: Final = 1_000_000
TARGET_MIB: Final = 1024.0
PAST_US: Final = 600_000_000
TAKEN_WITHIN_S: Final = 120.0
POLL_S: Final = 0.1


async def measure_city(*, spaces: int) -> list[Figure]:
    """Every device speaks twice; then the engine is stopped and another begins from the live store."""
    async with open_street(spaces, "engine") as street, open_redis(street.settings.required_redis_url) as redis:
        evidence = CityEvidence(street.watchers, to_micros(utc_now()) - PAST_US)
        found = await live_commits(street, evidence, readings=2 * spaces)
        grown = resident_mib(street.workers["engine"].pid)
        taken_s = await _taken_over(street, redis)
        fresh = street.workers["engine"].pid
        store = int((await redis.info("memory"))["used_memory"]) / 2**20
        return [
            Figure(name="live store, memory", value=store, unit="MiB", target=TARGET_MIB),
            Figure(name="engine that heard every device, memory", value=grown, unit="MiB", target=TARGET_MIB),
            Figure(name="engine begun anew, memory", value=resident_mib(fresh), unit="MiB", target=TARGET_MIB),
            Figure(
                name="engine begun anew, memory at its highest", value=resident_mib(fresh, highest=True), unit="MiB"
            ),
            Figure(name="start of another engine until it has every shard", value=taken_s, unit="s"),
            Figure(name="stream to committed live state", value=found.per_second, unit="readings/s"),
        ]


async def _taken_over(street: Street, redis: Redis) -> float:
    """Seconds from the start of another engine until each shard has a heartbeat of it."""
    await street.stop("engine")
    began, at = time.perf_counter(), to_micros(utc_now())
    street.start("engine")
    reader = LiveReader(redis)
    async with asyncio.timeout(TAKEN_WITHIN_S):
        while True:
            beats = (await reader.heartbeats()).values()
            if all(beat is not None and beat > at for beat in beats):
                return time.perf_counter() - began
            await asyncio.sleep(POLL_S)
