"""`parking bench optimizer`: the next prices of whole cities under every limit, beside the bare flow of scipy on as many cells."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from api.bench.report import Figure
from api.bench.statistics import median
from pricing.optimizer.cut import Choices, Differences, cheapest
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.propose import propose

BANDS: Final = 24
SMALL_ZONES: Final = 417
LARGE_ZONES: Final = 4_167
SPACING_M: Final = 150.0
SEED: Final = 20260301
TARGETS_S: Final = (2.0, 30.0, 60.0)
TARGET_GAP: Final = 0.01
_METRES_PER_DEGREE: Final = 111_195.0
_POLICY: Final = PricingPolicy(
    target_low=0.6,
    target_high=0.8,
    floor=100,
    cap=2_000,
    tick=50,
    step_up=100,
    step_down=100,
    neighbour_m=210.0,
    neighbour_max_difference=150,
)


def measure_optimizer(*, rounds: int) -> list[Figure]:
    """Processor time of one core, medians over the rounds; the third task once."""
    small, large = _city(SMALL_ZONES), _city(LARGE_ZONES)
    times = [[_seconds(lambda city=city: propose(_POLICY, *city, "optimizer")) for _ in range(rounds)] for city in (small, large)]
    bare = [_seconds(_bare_flow(city[0])) for city in (small, large)]
    figures = [
        Figure(name=f"{len(city[0])} cells, step and neighbours, exactly", value=median(taken), unit="s", limit=limit, target=target)
        for city, taken, limit, target in zip((small, large), times, bare, TARGETS_S[:2], strict=True)
    ]
    free = propose(_POLICY, *small, "optimizer").proposals
    earned = sum(one.price_proposed * one.expected_occupancy * one.cell.weight for one in free)
    joined = replace(_POLICY, revenue_floor=round(1.02 * earned), max_distinct_prices=8)
    began = time.process_time()
    proposed = propose(joined, *small, "optimizer")
    taken = time.process_time() - began
    assert len({one.price_proposed for one in proposed.proposals}) <= 8
    return [
        *figures,
        Figure(name=f"{len(small[0])} cells, revenue floor and eight prices too", value=taken, unit="s", target=TARGETS_S[2]),
        Figure(name="proven gap of these", value=proposed.gap, unit="share of the cost", target=TARGET_GAP),
    ]
