"""`parking bench fees`: the time of one fee with its lines, and the fees of columns of stays, each beside a raw limit."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pricing.rates
from api.bench.fee_columns import measure_columns
from api.bench.report import Figure
from api.bench.statistics import median, percentile
from pricing.fees.calculator import price
from pricing.fees.model import Fee, Stay, Usage
from pricing.rates.policy_file import read_policy

POLICY: Final = Path(pricing.rates.__file__).parent / "policies" / "linzi.toml"
STAYS: Final = 2_000
TARGET_US: Final = 100.0
_FROM: Final = datetime(2026, 3, 1, tzinfo=UTC)
_USED: Final = datetime(2026, 3, 1, 16, tzinfo=UTC)


def measure_fees(*, seconds: int, rounds: int) -> list[Figure]:
    """Rounds of `seconds` each over generated stays of up to two days; medians over the rounds."""
    table = read_policy(POLICY)
    stays = _stays()
    usage = Usage(granted={"nev": ((_USED, _USED + timedelta(hours=1)),)})
    fees = [price(table, stay, usage) for stay in stays]
    means, tails, limits = [], [], []
    for _ in range(rounds):
        times = _times(lambda item: price(table, stays[item], usage), seconds)
        means.append(median(times))
        tails.append(percentile(times, 0.99))
        limits.append(median(_times(lambda item: _made_again(fees[item]), 1)))
    return [
        Figure(name="fee with lines, median", value=median(means), unit="us", limit=median(limits), target=TARGET_US),
        Figure(name="fee with lines, p99", value=median(tails), unit="us"),
        *measure_columns(rounds=rounds),
    ]


def _stays() -> Sequence[Stay]:
    draw = random.Random(20260302)  # noqa: S311 - the same stays in every run, nothing secret
    found = []
    for _ in range(STAYS):
        start = _FROM + timedelta(seconds=draw.randrange(7 * 86_400))
        found.append(
            Stay(
                start=start,
                end=start + timedelta(seconds=draw.choice([1_500, 5_400, 14_400, 50_000, 172_800])),
                area_class=draw.choice(["I", "II"]),
                kind="kerb",
                energy=draw.choice(["fuel", "nev"]),
            )
        )
    return found


def _times(work: Callable[[int], object], seconds: int) -> list[float]:
    """Microseconds of single calls, for as long as `seconds`."""
    times: list[float] = []
    until = time.perf_counter() + seconds
    item = 0
    while (begun := time.perf_counter()) < until:
        work(item)
        times.append((time.perf_counter() - begun) * 1e6)
        item = (item + 1) % STAYS
    return times


def _made_again(fee: Fee) -> Fee:
    """The objects of the answer with nothing computed: no calculator can be faster than this."""
    return replace(fee, lines=tuple(replace(line) for line in fee.lines))
