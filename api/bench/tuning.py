"""The settings that each policy is tried with, as many for every one, and what they did in towns that nothing is reported on.

The criterion is one for all: the share of cells in band at the reported updates, over drivers who care little and much, for a city does not know which it has.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from api.bench.report import Figure
from api.bench.trials import POLICY, REPORTED, RESPONSES, Family, Progress, Setting, Task, tried
from pricing.evaluation.closed_loop import reversed_share
from pricing.optimizer.model import PricingPolicy

SEEDS: Final = range(1, 100)
"""Of tuning."""


def _settings(family: Family, policies: Mapping[str, PricingPolicy]) -> tuple[Setting, ...]:
    return tuple(Setting(family=family, name=name, policy=policy) for name, policy in policies.items())


def _inside(policy: PricingPolicy, points: float) -> PricingPolicy:
    """A policy that aims at less than the target: what it leaves at an end of the band is soon outside."""
    return replace(
        policy, target_low=POLICY.target_low + points / 100.0, target_high=POLICY.target_high - points / 100.0
    )


_PROPORTIONAL: Final = replace(POLICY, rule="proportional")
_SOON: Final = replace(_PROPORTIONAL, proportional_full=0.15)
SETTINGS: Final = (
    *_settings(
        "bands",
        {
            "as it is": POLICY,
            "SFpark's four bands": replace(POLICY, bands=((0.3, -100), (0.6, -50), (0.8, 0), (9.0, 100))),
            "three points inside the target": _inside(POLICY, 3.0),
            "five points inside": _inside(POLICY, 5.0),
        },
    ),
    *_settings(
        "proportional",
        {
            "as it is": _PROPORTIONAL,
            "a whole step from 15 points": _SOON,
            "the same three points inside the target": _inside(_SOON, 3.0),
            "the same five points inside": _inside(_SOON, 5.0),
        },
    ),
    *_settings(
        "optimizer",
        {
            "as it is": POLICY,
            "three points inside the target": _inside(POLICY, 3.0),
            "five points inside": _inside(POLICY, 5.0),
            "back from three points outside": replace(POLICY, reversal_margin=0.03),
        },
    ),
)
"""As many of each family; the first is the policy as users find it."""
_BEST: Final[dict[Family, int]] = {"bands": 3, "proportional": 3, "optimizer": 2}


def plain() -> dict[str, Setting]:
    """By family, each policy as it is."""
    return {family: _of(family)[0] for family in _BEST}


def tuned() -> dict[str, Setting]:
    """By family, the best of its settings as `measure_tuning` found them."""
    return {family: _of(family)[which] for family, which in _BEST.items()}


def _of(family: Family) -> list[Setting]:
    return [one for one in SETTINGS if one.family == family]


def measure_tuning(*, towns: int, progress: Progress) -> list[Figure]:
    """Two figures a setting, over the first towns of tuning."""
    settings = {_named(one): one for one in SETTINGS}
    cares = [care for care in RESPONSES.values() if care > 0.0]
    tasks = [Task(seed=seed, care=care, settings=settings) for care in cares for seed in SEEDS[:towns]]
    trials = list(tried(tasks, progress))
    used = tuned().values()
    figures = []
    for one in SETTINGS:
        courses = [trial.courses[_named(one)] for trial in trials]
        name = f"{_named(one)}{' (taken as the best)' if one in used else ''}"
        shares = [course.in_band[update] for course in courses for update in REPORTED]
        figures += [
            Figure(name=f"cells in band, {name}", value=100.0 * float(np.mean(shares)), unit="% of cells"),
            Figure(name=f"reversals, {name}", value=100.0 * reversed_share(courses), unit="% of moves"),
        ]
    return figures


def comparisons() -> int:
    """In each of which as many towns are lived through."""
    return sum(care > 0.0 for care in RESPONSES.values())


def _named(setting: Setting) -> str:
    return f"{setting.family}, {setting.name}"
