"""One town under several policies with the same drivers, and many towns at once on all cores."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from operator import call
from typing import Final, Literal, TypeVar

from api.bench.town import MONTH, TownWorld
from devices.simulation.market.town import Habits
from pricing.evaluation.closed_loop import Chooser, Course, run
from pricing.evaluation.monitor import Expected
from pricing.evaluation.watched import Held, Watched
from pricing.optimizer.model import PricingPolicy

ZONES: Final = 40
UPDATES: Final = 10
SHIFT_AT: Final = 7
REPORTED: Final = (3, 6, 10)
RESPONSES: Final = {"none": 0.0, "weak": 0.12, "strong": 0.3}
PRICE: Final = 400
POLICY: Final = PricingPolicy(target_low=0.6, target_high=0.8, floor=50, cap=1_500, tick=50, step_up=100, step_down=100)
REVENUE_SHARE: Final = 0.9
"""Of what the first prices take, where limits join cells."""

Family = Literal["bands", "proportional", "optimizer"]
Progress = Callable[[int], None]
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A policy of one family; all have the same steps, floor and cap."""

    family: Family
    name: str
    policy: PricingPolicy

    @property
    def free(self) -> Held:
        """Without limits that join cells."""
        return Held(self.policy, "optimizer" if self.family == "optimizer" else "rule")

    @property
    def limited(self) -> Held:
        """With a revenue floor, neighbours and eight prices: a rule is moved to the nearest prices that obey them."""
        joined = replace(self.policy, neighbour_m=240.0, neighbour_max_difference=150, max_distinct_prices=8)
        return replace(self.free, policy=joined, revenue_share=REVENUE_SHARE)


@dataclass(frozen=True, kw_only=True)
class Size:
    """Of a town, for how many updates, and with how many days of each type in a review period."""

    zones: int = ZONES
    updates: int = UPDATES
    days: tuple[int, int] = MONTH


WHOLE: Final = Size()


@dataclass(frozen=True)
class Trial:
    """What came of all policies in one town."""

    courses: dict[str, Course]
    watched: Watched | None
    broken: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class Task:
    """Settings to try in one town, by the name under which what came of them is found.

    With `is_watched` the optimizer is there once more, `watched`, whose prices stay from the first alarm on.
    """

    seed: int
    care: float
    settings: Mapping[str, Setting]
    is_limited: bool = False
    is_watched: bool = False
    size: Size = WHOLE

    def __call__(self) -> Trial:
        held = {name: one.limited if self.is_limited else one.free for name, one in self.settings.items()}
        choosers: dict[str, Chooser] = {**held}
        watched = None
        if self.is_watched:
            expected = Expected(target_low=POLICY.target_low, target_high=POLICY.target_high)
            choosers["watched"] = watched = Watched(replace(held["optimizer"]), expected)
        world = TownWorld(
            self.size.zones,
            seed=self.seed,
            habits=Habits(response=self.care),
            price=PRICE,
            shift_at=SHIFT_AT,
            days=self.size.days,
        )
        courses = run(world, choosers, updates=self.size.updates, target=(POLICY.target_low, POLICY.target_high))
        return Trial(
            courses, watched, sum(one.broken for one in held.values()), sum(one.refused for one in held.values())
        )


def tried(tasks: Sequence[Callable[[], Outcome]], progress: Progress) -> Iterator[Outcome]:
    """In their order, on all cores; `progress` is told of each town."""
    with ProcessPoolExecutor(min(len(tasks), os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        for outcome in pool.map(call, tasks):
            progress(1)
            yield outcome
