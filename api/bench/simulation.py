"""`parking bench simulation`: policies set prices ten times in a town of drivers that shares nothing with them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from api.bench.report import Figure
from api.bench.town import TownWorld
from devices.simulation.market.town import Habits
from pricing.evaluation.closed_loop import Chooser, Course, run
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.propose import Method, propose

ZONES: Final = 40
UPDATES: Final = 10
SHIFT_AT: Final = 7
REPORTED: Final = (3, 6, 10)
RESPONSES: Final = {"none": 0.0, "weak": 0.12, "strong": 0.3}
SEEDS: Final = range(1_000, 1_100)
"""Of reporting: nothing was ever tuned on them."""
PRICE: Final = 400
POLICY: Final = PricingPolicy(target_low=0.6, target_high=0.8, floor=50, cap=1_500, tick=50, step_up=100, step_down=100)
LIMITED: Final = replace(POLICY, neighbour_m=240.0, neighbour_max_difference=150, max_distinct_prices=8)
TARGET_FREE: Final = -0.01
TARGET_LIMITED: Final = 0.05
TARGET_REVERSALS: Final = 0.02


def measure_simulation(*, towns: int) -> list[Figure]:
    """Paired differences of the optimizer to the rule, means over so many towns; steps and limits are the same for both."""
    figures: list[Figure] = []
    for response, care in RESPONSES.items():
        free = [courses_of(seed, care, POLICY) for seed in SEEDS[:towns]]
        figures += _compared(free, f"{response} response", TARGET_FREE)
        moves = sum(courses["optimizer"].moves for courses in free)
        reversals = sum(courses["optimizer"].reversals for courses in free)
        figures.append(
            Figure(
                name=f"reversals of the optimizer, {response} response",
                value=reversals / max(1, moves),
                unit="share of moves",
                target=TARGET_REVERSALS,
            )
        )
        figures += _compared(
            [courses_of(seed, care, LIMITED) for seed in SEEDS[:towns]],
            f"{response} response, neighbours and eight prices",
            TARGET_LIMITED,
        )
    return figures


def courses_of(
    seed: int, care: float, policy: PricingPolicy, *, zones: int = ZONES, updates: int = UPDATES
) -> dict[str, Course]:
    """How rule and optimizer do in the town of this seed."""
    world = TownWorld(zones, seed=seed, habits=Habits(response=care), price=PRICE, shift_at=SHIFT_AT)
    methods: tuple[Method, ...] = ("rule", "optimizer")
    choosers: dict[str, Chooser] = {method: partial(_choose, policy, method) for method in methods}
    return run(world, choosers, updates=updates, target=(policy.target_low, policy.target_high))


def _choose(
    policy: PricingPolicy, method: Method, cells: Sequence[Cell], zones: Mapping[str, PricingZone]
) -> Sequence[int]:
    return [one.price_proposed for one in propose(policy, cells, dict(zones), method).proposals]


def _compared(courses: Sequence[Mapping[str, Course]], where: str, target: float) -> list[Figure]:
    figures = []
    for update in REPORTED:
        by = {name: np.array([one[name].in_band[update] for one in courses]) for name in ("rule", "optimizer")}
        apart = by["optimizer"] - by["rule"]
        half = 1.96 * float(apart.std(ddof=1)) / len(apart) ** 0.5 if len(apart) > 1 else float("nan")
        figures.append(
            Figure(
                name=f"cells in band, optimizer less rule, update {update}, {where}; rule {by['rule'].mean():.3f}, ± {half:.3f}",
                value=float(apart.mean()),
                unit="share of cells",
                target=target,
            )
        )
    return figures
