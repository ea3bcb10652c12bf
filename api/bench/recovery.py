"""`parking bench recovery`: does an estimate from lotteries find what prices do, in towns of drivers whose behaviour has another form?

Seeds are those of reporting; nothing was tuned on them. The drivers of a seed are the same in every world but for how much they care for prices, so chance does
to all three what it does to one: what is said of all worlds has the error of so many towns, not of three times as many.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np

from api.bench.lotteries import Found, Recovery, recover
from api.bench.report import Figure
from api.bench.simulation import SEEDS
from api.bench.trials import RESPONSES, Progress, tried
from pricing.demand.prior import Z90
from pricing.evaluation.world import Floats

COVERAGE: Final = 90.0
MOST_ALARMS: Final = 10.0
_ASKED: Final[dict[str, Callable[[Recovery], Found]]] = {
    "the response": lambda town: town.own,
    "the neighbours' response": lambda town: town.neighbours,
}


def measure_recovery(*, towns: int, progress: Progress) -> list[Figure]:
    """A figure a question, with the standard error of so many towns; the response of each is another."""
    figures: list[Figure] = []
    worlds: list[list[Recovery]] = []
    for response, care in RESPONSES.items():
        worlds.append(list(tried([partial(recover, seed, care) for seed in SEEDS[:towns]], progress)))
        figures += _of(worlds[-1], f"{response} response")
    for name, asked in _ASKED.items():
        held = np.array([[abs(asked(town).miss) <= Z90 for town in world] for world in worlds])
        figures.append(_share(f"intervals of 90 % that hold {name}, all", held.mean(axis=0), COVERAGE))
    return figures


def comparisons() -> int:
    """In each of which as many towns are lived through."""
    return len(RESPONSES)


def _of(towns: Sequence[Recovery], where: str) -> list[Figure]:
    figures: list[Figure] = []
    for name, asked in _ASKED.items():
        found = [asked(town) for town in towns]
        misses = np.array([one.miss for one in found])
        figures += [
            _share(f"intervals of 90 % that hold {name}, {where}", [abs(miss) <= Z90 for miss in misses], COVERAGE),
            _spread(f"spread of misses of {name}, {where}", misses),
            _mean(f"{name} that is there, {where}", [one.there for one in found]),
            _mean(f"{name} found less the one that is there, {where}", [one.shown - one.there for one in found]),
            _mean(f"error of {name} as claimed, {where}", [one.error for one in found]),
        ]
    claimed = [abs(town.own.shown) > Z90 * town.own.error for town in towns]
    return [
        *figures,
        _share(f"towns whose placebo test fails, {where}", [town.fails_placebo for town in towns], MOST_ALARMS),
        _share(f"towns whose pre-trend test fails, {where}", [town.fails_pre_trend for town in towns], MOST_ALARMS),
        _share(f"towns in which a response is claimed at 90 %, {where}", claimed, None),
        Figure(
            name=f"lotteries called off, {where}",
            value=float(sum(town.called_off for town in towns)),
            unit="lotteries",
        ),
    ]


def _share(name: str, holds: Sequence[bool] | Floats, target: float | None) -> Figure:
    error = 100.0 * float(np.std(holds)) / len(holds) ** 0.5
    return Figure(name=f"{name}; ± {error:.1f}", value=100.0 * float(np.mean(holds)), unit="%", target=target)


def _spread(name: str, misses: Floats) -> Figure:
    """Root of the mean square in units of the errors claimed, which are honest where it is whole: coverage tells the same with more noise."""
    spread = float(np.sqrt(np.nanmean(misses**2)))
    error = 100.0 * float(np.nanstd(misses**2)) / (2.0 * spread * len(misses) ** 0.5)
    return Figure(name=f"{name}; ± {error:.1f}", value=100.0 * spread, unit="% of the error claimed", target=100.0)


def _mean(name: str, values: Sequence[float]) -> Figure:
    """In hundredths, as figures are printed with one digit after the point."""
    error = 100.0 * float(np.nanstd(values)) / len(values) ** 0.5
    mean = 100.0 * float(np.nanmean(values))
    return Figure(name=f"{name}; ± {error:.1f}", value=mean, unit="hundredths of elasticity")
