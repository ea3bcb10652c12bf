r"""Whether the effect of published prices came: from what was charged and measured, period by period, to a verdict with its figures.

Prices follow occupancy, so cells are dear because they were full, and who compares the period before a change with the one after sees the full ones
become emptier whatever anybody did. Between two periods :math:`s < t` the change of log load (`pricing.demand.load`) is therefore held against that part of the
change of log price that was decided after :math:`s` was measured,

.. math:: \hat e = \frac{\sum_c z_c (y_{ct} - y_{cs})}{\sum_c z_c (x_{ct} - x_{cs})}, \quad z_c = x_{ct} - x_{c,s+1},

all less their means over the cells. The noise of :math:`s` moved only the price of :math:`s + 1`, which :math:`z` leaves out, so where nobody responds the mean of
:math:`\hat e` is zero; the spread is taken over zones. A demand that shifts between :math:`s` and :math:`t` hides the response, for prices run after it. So every short
stretch of the last periods is looked at, and a response that showed in one of them was there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from pricing.demand.load import load_of
from pricing.demand.prior import PRIOR, Z80, Z90, Response
from pricing.evaluation.world import Bools, Floats, Ints
from pricing.reports.counted import counted

Verdict = Literal["too_early", "as_expected", "no_detectable_response", "oscillating", "worse"]
ALARMS: Final[frozenset[Verdict]] = frozenset({"no_detectable_response", "oscillating", "worse"})
UPDATES: Final = 6
"""So many changes of prices without a response that shows are enough to say so, and no earlier ones are looked at."""
STRETCH: Final = 3
"""Periods between which a response is sought, where there are as many: longer ones are likelier to hold a shift of demand."""
SURE: Final = 3.0
"""Standard errors, one-sided: several stretches are looked at, each of them over few zones."""
LEAST: Final = -PRIOR.within(Z80)[1]
"""A weaker response, however surely it is measured, is none that a price can steer by: the prior gives it one chance in ten."""
LEAST_GROUPS: Final = 5
"""Zones, or cells where no zones are told, from which a spread can be taken."""
OFTEN: Final = 0.1
"""Share of the cells that moved lately which went to and fro (back, and back again) from which on prices oscillate."""
_LEAST_LOAD: Final = 0.02
"""Of an empty zone, whose load has no logarithm."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """One review period, by cell in one order for all periods; None where a cell was not measured."""

    prices: Sequence[int]
    """In force in it, minor units an hour."""
    occupancies: Sequence[float | None]
    full_shares: Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What was believed when the prices were set."""

    target_low: float
    target_high: float
    response: Response = PRIOR


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What can be said after the latest period."""

    verdict: Verdict
    updates: int
    """Periods before which any price had moved."""
    moves: int
    reversals: int
    """Moves against the last one of the same cell."""
    response: float | None
    """Elasticity of load over the stretch that tells most; None where nothing can be said."""
    response_low: float | None
    response_high: float | None
    """Ends of its 90 % interval."""
    in_band_before: float
    in_band_now: float
    """Share of the spaces measured, in cells whose occupancy was within the target, before and after the latest change."""
    crowded_before: float | None
    crowded_now: float | None
    """Share of the time at or above 90 %, by spaces."""
    reason_en: str
    reason_zh: str

    @property
    def is_alarm(self) -> bool:
        """Whether prices should stay as they are until a person has looked."""
        return self.verdict in ALARMS


def judge(
    periods: Sequence[Period], spaces: Sequence[int], expected: Expected, *, zones: Sequence[str] | None = None
) -> Judgement:
    """Periods oldest first, one at least; `zones` of the cells, as what happens in a zone happens to all of its cells.

    A price of zero has no ratio to any other: in a period in which a cell was free, it tells nothing of the response.
    """
    course = _Course.of(periods, spaces, zones)
    estimates = course.estimates()
    best = min(estimates, key=lambda one: one.error, default=None)
    verdict = _verdict(course, estimates, expected)
    before, now = course.row(-2), course.row(-1)
    english, chinese = _reasons(verdict, best, course.updates, expected.response)
    return Judgement(
        verdict=verdict,
        updates=course.updates,
        moves=int(np.count_nonzero(course.directions)),
        reversals=int(np.count_nonzero(course.reversed)),
        response=None if best is None else best.mean,
        response_low=None if best is None else best.mean - Z90 * best.error,
        response_high=None if best is None else best.mean + Z90 * best.error,
        in_band_before=course.in_band(before, expected),
        in_band_now=course.in_band(now, expected),
        crowded_before=_mean(course.full_shares[before], course.spaces),
        crowded_now=_mean(course.full_shares[now], course.spaces),
        reason_en=english,
        reason_zh=chinese,
    )


@dataclass(frozen=True)
class _Estimate:
    mean: float
    error: float

    @property
    def is_seen(self) -> bool:
        return self.mean <= -LEAST and self.mean + SURE * self.error < 0.0


@dataclass(frozen=True)
class _Course:
    """Arrays by period and cell, NaN where nothing was measured; `groups` by cell."""

    prices: Ints
    occupancies: Floats
    full_shares: Floats
    spaces: Ints
    groups: Ints

    @classmethod
    def of(cls, periods: Sequence[Period], spaces: Sequence[int], zones: Sequence[str] | None) -> "_Course":
        groups = np.arange(len(spaces)) if zones is None else np.unique(np.asarray(zones), return_inverse=True)[1]
        return cls(
            np.array([period.prices for period in periods], dtype=np.int64),
            np.array([period.occupancies for period in periods], dtype=np.float64),
            np.array([period.full_shares for period in periods], dtype=np.float64),
            np.maximum(np.asarray(spaces, dtype=np.int64), 1),
            groups.reshape(-1),
        )

    def row(self, from_end: int) -> int:
        return max(len(self.prices) + from_end, 0)

    @property
    def directions(self) -> Ints:
        found: Ints = np.sign(np.diff(self.prices, axis=0))
        return found

    @property
    def updates(self) -> int:
        return int(self.directions.any(axis=1).sum())

    @property
    def reversed(self) -> Bools:
        """By change and cell."""
        last, found = np.zeros(self.prices.shape[1], dtype=np.int64), np.zeros(self.directions.shape, dtype=np.bool_)
        for number, direction in enumerate(self.directions):
            found[number] = direction * last < 0
            last = np.where(direction != 0, direction, last)
        return found

    @property
    def oscillates(self) -> bool:
        moved = self.directions[-UPDATES:].any(axis=0)
        to_and_fro = np.count_nonzero(self.reversed[-UPDATES:], axis=0) > 1
        return bool(to_and_fro.sum() > OFTEN * moved.sum())

    def in_band(self, row: int, expected: Expected) -> float:
        share = self.occupancies[row]
        within = (share >= expected.target_low) & (share <= expected.target_high)
        known = ~np.isnan(share)
        return float((within * self.spaces)[known].sum() / self.spaces[known].sum()) if known.any() else 0.0

    def is_worse(self, expected: Expected) -> bool:
        """Whether the cells that moved the last time are farther from the target than before, and by more than the others."""
        if len(self.prices) < 2:  # noqa: PLR2004 - a period before and one after
            return False
        share = self.occupancies[-2:]
        away = np.maximum(share - expected.target_high, 0.0) + np.maximum(expected.target_low - share, 0.0)
        rise, moved = away[1] - away[0], self.directions[-1] != 0
        own, others = (rise[which & ~np.isnan(rise)] for which in (moved, ~moved))
        if min(len(own), len(others)) < LEAST_GROUPS:
            return False
        error = float(np.hypot(own.std(ddof=1) / len(own) ** 0.5, others.std(ddof=1) / len(others) ** 0.5))
        return bool(min(own.mean(), own.mean() - others.mean()) > max(SURE * error, 0.0))

    def estimates(self) -> list[_Estimate]:
        """Of the stretches that end in the latest periods, those that tell anything."""
        wide = np.broadcast_to(self.spaces, self.occupancies.shape)
        load = np.log(np.maximum(load_of(np.minimum(self.occupancies, 1.0), wide), _LEAST_LOAD))
        load[np.isnan(self.occupancies) | (self.prices <= 0)] = np.nan
        price = np.log(np.maximum(self.prices, 1))
        found = []
        for end in range(max(len(price) - UPDATES, 2), len(price)):
            start = max(end - STRETCH, 0)
            estimate = _estimate(
                price[end] - price[start + 1], price[end] - price[start], load[end] - load[start], self.groups
            )
            found += [] if estimate is None else [estimate]
        return found


def _estimate(decided: Floats, dearer: Floats, fuller: Floats, groups: Ints) -> _Estimate | None:
    """None where too few zones were measured, or no price moved by itself."""
    known = ~np.isnan(fuller)
    members = np.unique(groups[known], return_inverse=True)[1].reshape(-1)
    if not known.any() or members.max() + 1 < LEAST_GROUPS:
        return None
    z, x, y = (values[known] - values[known].mean() for values in (decided, dearer, fuller))
    moved = float((z * x).sum())
    if moved <= 1e-9 * len(z):
        return None
    mean = float((z * y).sum()) / moved
    sums = np.bincount(members, weights=z * (y - mean * x))
    return _Estimate(mean, float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1))) / moved)


def _verdict(course: _Course, estimates: Sequence[_Estimate], expected: Expected) -> Verdict:
    if course.is_worse(expected):
        return "worse"
    if course.oscillates:
        return "oscillating"
    if any(one.is_seen for one in estimates):
        return "as_expected"
    return "no_detectable_response" if course.updates >= UPDATES else "too_early"


def _mean(shares: Floats, spaces: Ints) -> float | None:
    known = ~np.isnan(shares)
    return float((shares * spaces)[known].sum() / spaces[known].sum()) if known.any() else None


def _reasons(verdict: Verdict, best: _Estimate | None, updates: int, believed: Response) -> tuple[str, str]:
    low, high = believed.within(Z80)
    english, chinese = _WORDS[verdict]
    if best is None:
        return (
            f"{english}; {counted(updates, 'change tells', 'changes tell')} nothing of the response to price yet",
            f"{chinese}；已调价 {updates} 次，尚不足以判断价格响应",
        )
    ends = f"{best.mean - Z90 * best.error:+.2f}", f"{best.mean + Z90 * best.error:+.2f}"
    found = (
        f"after {counted(updates, 'change', 'changes')} the response is {best.mean:+.2f} (90 %: {ends[0]} to {ends[1]})"
    )
    return (
        f"{english}; {found}, believed was {low:+.2f} to {high:+.2f}",
        f"{chinese}；调价 {updates} 次后，价格响应为 {best.mean:+.2f}（90%：{ends[0]} 至 {ends[1]}），事先认为在 {low:+.2f} 至 {high:+.2f} 之间",
    )


_WORDS: Final[dict[Verdict, tuple[str, str]]] = {
    "too_early": ("it is too early to see an effect", "尚早，看不出效果"),
    "as_expected": ("drivers respond to the prices", "车主对价格有响应"),
    "no_detectable_response": ("no response to the prices can be detected", "检测不到对价格的响应"),
    "oscillating": ("prices go to and fro", "价格来回波动"),
    "worse": ("the places whose prices moved are farther from the target than before", "调价的车位比此前更偏离目标"),
}
