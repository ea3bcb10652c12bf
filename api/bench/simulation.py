"""`parking bench simulation`: policies set prices ten times in a town of drivers that shares nothing with them.

What is printed holds for these towns. Nobody who does not care for prices is moved by them, so without a response only the alarm and the drift of prices
are counted. Policies are compared as they are, and each with the setting that did best in other towns (`tuning`).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from api.bench.report import Figure
from api.bench.trials import POLICY, REPORTED, RESPONSES, SHIFT_AT, Progress, Setting, Task, Trial, tried
from api.bench.tuning import plain, tuned
from pricing.evaluation.closed_loop import reversed_share
from pricing.evaluation.monitor import UPDATES as ALARM_WITHIN

SEEDS: Final = range(1_000, 1_100)
"""Of reporting: nothing was ever tuned on them."""
TARGET_FREE: Final = -0.01
TARGET_LIMITED: Final = 0.05
TARGET_REVERSALS: Final = 0.02
RULES: Final = ("bands", "proportional")
TUNED: Final = "tuned "


def measure_simulation(*, towns: int, progress: Progress) -> list[Figure]:
    """Paired differences, means over so many towns; steps and limits are the same for all policies of a comparison."""
    figures: list[Figure] = []
    for response, care in RESPONSES.items():
        where = f"{response} response"
        free = list(tried(_free(towns, care), progress))
        figures += _alarms(free, where, is_due=care == 0.0)
        if care > 0.0:
            for kind in ("", TUNED):
                figures += _compared(free, where, RULES, kind, TARGET_FREE)
                figures += _reversals(free, (*RULES, "optimizer"), kind, where)
            limited = list(tried(_limited(towns, care), progress))
            where += ", revenue floor, neighbours and eight prices"
            for kind in ("", TUNED):
                figures += _compared(limited, where, RULES[:1], kind, TARGET_LIMITED)
                figures += _reversals(limited, (*RULES[:1], "optimizer"), kind, where)
            figures += _obeyed(limited, where)
    return figures


def comparisons() -> int:
    """In each of which as many towns are lived through."""
    return sum(2 if care > 0.0 else 1 for care in RESPONSES.values())


def _free(towns: int, care: float) -> list[Task]:
    """Where nobody cares for prices, only the alarm is of interest."""
    settings = _each((*RULES, "optimizer")) if care > 0.0 else {"optimizer": plain()["optimizer"]}
    return [Task(seed=seed, care=care, settings=settings, is_watched=True) for seed in SEEDS[:towns]]


def _each(families: Sequence[str]) -> dict[str, Setting]:
    """As it is, and with its best setting."""
    of = {"": plain(), TUNED: tuned()}
    return {f"{kind}{family}": settings[family] for kind, settings in of.items() for family in families}


def _limited(towns: int, care: float) -> list[Task]:
    settings = _each((*RULES[:1], "optimizer"))
    return [Task(seed=seed, care=care, settings=settings, is_limited=True) for seed in SEEDS[:towns]]


def _alarms(trials: Sequence[Trial], where: str, *, is_due: bool) -> list[Figure]:
    raised = [None if one.watched is None else one.watched.alarm_at for one in trials]
    within = sum(at is not None and at <= ALARM_WITHIN for at in raised)
    dearest = max(float(one.courses["watched"].price[-1]) for one in trials)
    return [
        Figure(
            name=f"towns with an alarm within {ALARM_WITHIN} updates, {where}",
            value=100.0 * within / len(trials),
            unit="%",
            target=100.0 if is_due else 0.0,
        ),
        Figure(
            name=f"towns with an alarm at any time, {where}",
            value=100.0 * sum(at is not None for at in raised) / len(trials),
            unit="%",
        ),
        Figure(
            name=f"dearest mean price of a town at the end under watch, {where}; the cap is {POLICY.cap}",
            value=dearest,
            unit="minor units an hour",
        ),
    ]


def _reversals(trials: Sequence[Trial], names: Sequence[str], kind: str, where: str) -> list[Figure]:
    """All, and those before other zones are sought after, where nothing but the policy itself asks for them."""
    figures = []
    for name in names:
        courses = [one.courses[kind + name] for one in trials]
        target = 100.0 * TARGET_REVERSALS if name == "optimizer" else None
        for when, until in (("", None), (f" at the first {SHIFT_AT} updates", SHIFT_AT)):
            figures.append(
                Figure(
                    name=f"reversals of {kind}{name}{when}, {where}",
                    value=100.0 * reversed_share(courses, until=until),
                    unit="% of moves",
                    target=target,
                )
            )
    return figures


def _compared(trials: Sequence[Trial], where: str, rules: Sequence[str], kind: str, target: float) -> list[Figure]:
    """To the better of the rules, which is that with the higher mean at the update."""
    figures = []
    for update in REPORTED:
        by = {
            name: np.array([one.courses[kind + name].in_band[update] for one in trials])
            for name in (*rules, "optimizer")
        }
        better = max(rules, key=lambda name: float(by[name].mean()))
        apart = 100.0 * (by["optimizer"] - by[better])
        half = 1.96 * float(apart.std(ddof=1)) / len(apart) ** 0.5 if len(apart) > 1 else float("nan")
        figures.append(
            Figure(
                name=f"cells in band, {kind}optimizer less {kind}{better}, update {update}, {where}; "
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
