"""`parking bench ingest`: readings a second to the stream and to the visible state, and how soon a change is seen."""

import asyncio

from api.bench.latency import change_latencies
from api.bench.machine import fsyncs_per_second
from api.bench.raw_store import raw_readings_per_second
from api.bench.report import Figure
from api.bench.rig import open_rig
from api.bench.statistics import median, percentile
from api.bench.throughput import throughput

SPACES = 10_000
RAW_S = 1.0
STEADY_RATE = 5_000
TARGET_VISIBLE = 50_000.0
TARGET_P99_MS = 200.0


async def measure_ingest(*, seconds: float, rounds: int, spaces: int = SPACES) -> list[Figure]:
    """Rounds of `seconds` each, medians over the rounds; the steady part takes another `seconds`."""
    async with open_rig(spaces) as rig:
        store = rig.settings.required_redis_url
        raw = [await raw_readings_per_second(store, rig.watchers[0], seconds=RAW_S) for _ in range(rounds)]
        fsyncs = await asyncio.to_thread(fsyncs_per_second, rig.settings.data_dir, seconds=RAW_S)
        latencies = await change_latencies(rig, per_second=STEADY_RATE, seconds=seconds)
        results = [await throughput(rig, seconds=seconds, session=f"round-{number}") for number in range(rounds)]
    limit = median(raw)
    steady = f"at {STEADY_RATE} readings/s"
    return [
        Figure(
            name="readings answered",
            value=median([result.answered for result in results]),
            unit="readings/s",
            limit=limit,
        ),
        Figure(
            name="readings to visible state",
            value=median([result.visible for result in results]),
            unit="readings/s",
            limit=limit,
            target=TARGET_VISIBLE,
        ),
        Figure(
            name="readings to history",
            value=median([result.stored for result in results]),
            unit="readings/s",
            limit=limit,
        ),
        Figure(name="requests asked to come later", value=sum(result.refused for result in results), unit="requests"),
        Figure(name=f"request to visible change p50 {steady}", value=percentile(latencies, 0.5) * 1000, unit="ms"),
        Figure(
            name=f"request to visible change p99 {steady}",
            value=percentile(latencies, 0.99) * 1000,
            unit="ms",
            target=TARGET_P99_MS,
        ),
        Figure(name="fsync of 4 KiB on the same disk", value=fsyncs, unit="1/s"),
    ]
