"""`parking bench simulation`: policies set prices ten times in a town of drivers that shares nothing with them.

What is printed holds for these towns. Nobody who does not care for prices is moved by them, so without a response only the alarm and the drift of prices
are counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from api.bench.report import Figure
from api.bench.town import TownWorld
from devices.simulation.market.town import Habits
from pricing.evaluation.closed_loop import Chooser, Course, run
from pricing.evaluation.monitor import UPDATES as ALARM_WITHIN
from pricing.evaluation.monitor import Expected
from pricing.evaluation.watched import Held, Watched
from pricing.optimizer.model import PricingPolicy

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
REVENUE_SHARE: Final = 0.9
TARGET_FREE: Final = -0.01
TARGET_LIMITED: Final = 0.05
TARGET_REVERSALS: Final = 0.02
RULES: Final = ("rule", "proportional")


@dataclass(frozen=True)
class Trial:
    """What came of all policies in one town."""

    courses: dict[str, Course]
    watched: Watched
    broken: int
    refused: int


def measure_simulation(*, towns: int) -> list[Figure]:
    """Paired differences, means over so many towns; steps and limits are the same for all policies of a comparison."""
    figures: list[Figure] = []
    for response, care in RESPONSES.items():
        free = [try_free(seed, care) for seed in SEEDS[:towns]]
        figures += _alarms(free, response, is_due=care == 0.0)
        if care > 0.0:
            figures += _reversals(free, f"{response} response")
            figures += _compared(free, f"{response} response", RULES, TARGET_FREE)
            limited = [try_limited(seed, care) for seed in SEEDS[:towns]]
            where = f"{response} response, revenue floor, neighbours and eight prices"
            figures += _compared(limited, where, ("rule",), TARGET_LIMITED)
            figures += _obeyed(limited, where)
    return figures


def try_free(seed: int, care: float, *, zones: int = ZONES, updates: int = UPDATES) -> Trial:
    """Both rules and the optimizer with the same steps and nothing that joins cells; beside them the optimizer under watch."""
    expected = Expected(target_low=POLICY.target_low, target_high=POLICY.target_high)
    watched = Watched(Held(POLICY, "optimizer"), expected)
    return _trial(
        seed,
        care,
        {
            "rule": Held(POLICY, "rule"),
            "proportional": Held(replace(POLICY, rule="proportional"), "rule"),
            "optimizer": Held(POLICY, "optimizer"),
            "watched": watched,
        },
        watched,
        size=(zones, updates),
    )


def try_limited(seed: int, care: float, *, zones: int = ZONES, updates: int = UPDATES) -> Trial:
    """The optimizer and the rule moved to the nearest prices within the same limits."""
    expected = Expected(target_low=POLICY.target_low, target_high=POLICY.target_high)
    optimizer = Held(LIMITED, "optimizer", REVENUE_SHARE)
    choosers = {"rule": Held(LIMITED, "rule", REVENUE_SHARE), "optimizer": optimizer}
    return _trial(seed, care, choosers, Watched(optimizer, expected), size=(zones, updates))


def _trial(
    seed: int, care: float, choosers: Mapping[str, Chooser], watched: Watched, *, size: tuple[int, int]
) -> Trial:
    zones, updates = size
    world = TownWorld(zones, seed=seed, habits=Habits(response=care), price=PRICE, shift_at=SHIFT_AT)
    courses = run(world, choosers, updates=updates, target=(POLICY.target_low, POLICY.target_high))
    held = [one for one in choosers.values() if isinstance(one, Held)]
    return Trial(courses, watched, sum(one.broken for one in held), sum(one.refused for one in held))


def _alarms(trials: Sequence[Trial], response: str, *, is_due: bool) -> list[Figure]:
    raised = [one.watched.alarm_at for one in trials]
    within = sum(at is not None and at <= ALARM_WITHIN for at in raised)
    dearest = max(float(one.courses["watched"].price[-1]) for one in trials)
    return [
        Figure(
            name=f"towns with an alarm within {ALARM_WITHIN} updates, {response} response",
            value=100.0 * within / len(trials),
            unit="%",
            target=100.0 if is_due else 0.0,
        ),
        Figure(
            name=f"towns with an alarm at any time, {response} response",
            value=100.0 * sum(at is not None for at in raised) / len(trials),
            unit="%",
        ),
        Figure(
            name=f"dearest mean price of a town at the end under watch, {response} response; the cap is {POLICY.cap}",
            value=dearest,
            unit="minor units an hour",
        ),
    ]


def _reversals(trials: Sequence[Trial], where: str) -> list[Figure]:
    return [
        Figure(
            name=f"reversals of {name}, {where}",
            value=100.0
            * sum(one.courses[name].reversals for one in trials)
            / max(1, sum(one.courses[name].moves for one in trials)),
            unit="% of moves",
            target=100.0 * TARGET_REVERSALS if name == "optimizer" else None,
        )
        for name in (*RULES, "optimizer")
    ]


def _compared(trials: Sequence[Trial], where: str, rules: Sequence[str], target: float) -> list[Figure]:
    """To the better of the rules, which is that with the higher mean at the update."""
    figures = []
    for update in REPORTED:
        by = {name: np.array([one.courses[name].in_band[update] for one in trials]) for name in (*rules, "optimizer")}
        better = max(rules, key=lambda name: float(by[name].mean()))
        apart = 100.0 * (by["optimizer"] - by[better])
        half = 1.96 * float(apart.std(ddof=1)) / len(apart) ** 0.5 if len(apart) > 1 else float("nan")
        figures.append(
            Figure(
                name=f"cells in band, optimizer less {better}, update {update}, {where}; "
                f"{better} {100.0 * by[better].mean():.1f}, ± {half:.1f}",
                value=float(apart.mean()),
                unit="percentage points of cells",
                target=100.0 * target,
            )
        )
    return figures


def _obeyed(trials: Sequence[Trial], where: str) -> list[Figure]:
    return [
        Figure(
            name=f"price lists that break a limit, {where}",
            value=float(sum(one.broken for one in trials)),
            unit="lists",
            target=0.0,
        ),
        Figure(
            name=f"reviews in which the limits cannot hold together and prices stay, {where}",
            value=float(sum(one.refused for one in trials)),
            unit="reviews",
        ),
    ]
