"""`parking bench ingest`: each stage of a reading's way beside its raw limit, over HTTP and from the streams on."""

import asyncio

from api.bench.commits import Committed, history_commits, live_commits
from api.bench.evidence import BATCH, CityEvidence
from api.bench.latency import change_latencies
from api.bench.machine import fsyncs_per_second
from api.bench.raw_store import raw_appends_per_second, raw_commits_per_second, raw_readings_per_second
from api.bench.report import Figure
from api.bench.rig import Rig, open_rig
from api.bench.statistics import median, percentile
from api.bench.street import open_street
from api.bench.throughput import throughput
from parking.domain.clock import to_micros, utc_now

SPACES = 10_000
STREET_SPACES = 100_000
RAW_S = 1.0
RAW_ENTRIES = 1000
STEADY_RATES = {5_000: 200.0, 20_000: 250.0}
"""Readings a second, and the milliseconds within which 99 of 100 changes are to be seen."""
TARGET_VISIBLE = 50_000.0
TARGET_LIVE = 100_000.0
TARGET_STORED = 50_000.0
PAST_US = 600_000_000
"""The street's evidence begins so long ago, and goes on from there."""


async def measure_ingest(*, seconds: float, rounds: int, spaces: int | None = None) -> list[Figure]:
    """Rounds of about `seconds` each, medians over the rounds; each steady rate takes another `seconds`."""
    async with open_rig(spaces or SPACES) as rig:
        figures = await _over_http(rig, seconds=seconds, rounds=rounds)
    return figures + await _from_streams(seconds=seconds, rounds=rounds, spaces=spaces or STREET_SPACES)


async def _over_http(rig: Rig, *, seconds: float, rounds: int) -> list[Figure]:
    store = rig.settings.required_redis_url
    raw = [await raw_readings_per_second(store, rig.watchers[0], seconds=RAW_S) for _ in range(rounds)]
    fsyncs = await asyncio.to_thread(fsyncs_per_second, rig.settings.data_dir, seconds=RAW_S)
    steady: list[Figure] = []
    for run, (rate, target) in enumerate(STEADY_RATES.items()):
        latencies = await change_latencies(rig, per_second=rate, seconds=seconds, run=run)
        name = "request to visible change {} at {} readings/s"
        steady += [
            Figure(name=name.format("p50", rate), value=percentile(latencies, 0.5) * 1000, unit="ms"),
            Figure(name=name.format("p99", rate), value=percentile(latencies, 0.99) * 1000, unit="ms", target=target),
        ]
    results = [await throughput(rig, seconds=seconds, session=f"round-{number}") for number in range(rounds)]
    limit, unit = median(raw), "readings/s"
    visible = median([result.visible for result in results])
    return [
        Figure(name="readings answered", value=median([result.answered for result in results]), unit=unit, limit=limit),
        Figure(name="readings to visible state", value=visible, unit=unit, limit=limit, target=TARGET_VISIBLE),
        Figure(name="readings to history", value=median([result.stored for result in results]), unit=unit, limit=limit),
        Figure(name="requests asked to come later", value=sum(result.refused for result in results), unit="requests"),
        *steady,
        Figure(name="fsync of 4 KiB on the same disk", value=fsyncs, unit="1/s"),
    ]


async def _from_streams(*, seconds: float, rounds: int, spaces: int) -> list[Figure]:
    """From the streams to the committed live state and history, then with the engine alone."""
    async with open_street(spaces, "engine", "history") as street:
        evidence = CityEvidence(street.watchers, to_micros(utc_now()) - PAST_US)
        await history_commits(street, evidence, readings=spaces)
        readings = int(TARGET_STORED * seconds)
        stored = [await history_commits(street, evidence, readings=readings) for _ in range(rounds)]
        await street.stop("history")
        readings = int(TARGET_LIVE * seconds)
        live = [await live_commits(street, evidence, readings=readings) for _ in range(rounds)]
        store = street.settings.required_redis_url
        appends = await raw_appends_per_second(store, evidence.entries(RAW_ENTRIES * BATCH)[:RAW_ENTRIES])
        commits = await raw_commits_per_second(store, spaces=spaces, seconds=RAW_S)
    return [
        *_stage("stream to committed live state", live, limit=min(appends, commits), target=TARGET_LIVE),
        *_stage("stream to live state and history", stored, limit=min(appends, commits), target=TARGET_STORED),
        Figure(name="the same entries appended and nothing more", value=appends, unit="readings/s"),
        Figure(name="as many bytes written to the hashes and nothing more", value=commits, unit="readings/s"),
    ]


def _stage(name: str, rounds: list[Committed], *, limit: float, target: float) -> list[Figure]:
    return [
        Figure(
            name=name,
            value=median([found.per_second for found in rounds]),
            unit="readings/s",
            limit=limit,
            target=target,
        ),
        *(
            Figure(
                name=f"{name}: processor time of a reading, {process}",
                value=median([found.spent_us[process] for found in rounds]),
                unit="us",
            )
            for process in rounds[0].spent_us
        ),
    ]
