"""The settings that each policy is tried with, as many for every one, and what they did in towns that nothing is reported on.

The criterion is one for all: the share of cells in band at the reported updates, over drivers who care little and much, for a city does not know which it has.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from api.bench.report import Figure
from api.bench.trials import POLICY, REPORTED, RESPONSES, Family, Progress, Setting, Task, tried
from pricing.evaluation.closed_loop import reversed_share

SEEDS: Final = range(1, 100)
"""Of tuning."""
_BANDS: Final = {
    "edges of the target": (),
    "SFpark's four bands": ((0.3, -100), (0.6, -50), (0.8, 0), (9.0, 100)),
    "edges three points inside": ((0.63, -100), (0.77, 0), (9.0, 100)),
    "edges three points outside": ((0.57, -100), (0.83, 0), (9.0, 100)),
}
_FULL_STEP: Final = (0.15, 0.2, 0.3, 0.4)
_MARGINS: Final = (0.015, 0.03, 0.06, 0.1)
SETTINGS: Final[tuple[Setting, ...]] = (
    *(Setting(family="bands", name=name, policy=replace(POLICY, bands=bands)) for name, bands in _BANDS.items()),
    *(
        Setting(
            family="proportional",
            name=f"a whole step {100 * full:.0f} points from the middle",
            policy=replace(POLICY, rule="proportional", proportional_full=full),
        )
        for full in _FULL_STEP
    ),
    *(
        Setting(
            family="optimizer",
            name=f"back from {100 * margin:.0f} points outside",
            policy=replace(POLICY, reversal_margin=margin),
        )
        for margin in _MARGINS
    ),
)
"""Four of each family."""
_CHOSEN: Final[dict[Family, int]] = {"bands": 0, "proportional": 1, "optimizer": 1}


def chosen() -> dict[str, Setting]:
    """What is reported on, by family: the best of each as `measure_tuning` found them."""
    return {family: [one for one in SETTINGS if one.family == family][which] for family, which in _CHOSEN.items()}


def measure_tuning(*, towns: int, progress: Progress) -> list[Figure]:
    """Two figures a setting, over the first towns of tuning."""
    settings = {_named(one): one for one in SETTINGS}
    cares = [care for care in RESPONSES.values() if care > 0.0]
    tasks = [Task(seed=seed, care=care, settings=settings) for care in cares for seed in SEEDS[:towns]]
    trials = list(tried(tasks, progress))
    used = chosen().values()
    figures = []
    for one in SETTINGS:
        courses = [trial.courses[_named(one)] for trial in trials]
        name = f"{_named(one)}{' (reported on)' if one in used else ''}"
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
