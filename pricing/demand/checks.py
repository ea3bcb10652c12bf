"""What an estimate must stand before it is believed: lotteries that were not held show nothing, and what was before the prices moved neither.

*Placebo*: with the effect taken out, the lottery is drawn again many times, and each time it is asked whether the errors by zone would claim an
effect at 90 %. One in ten may. More says that the errors are too small for these data.

*Pre-trend*: the same instruments on the change of load in the period before, which they cannot have caused; the same without the direction of the move;
and whether those that moved were fuller or emptier than those that waited. The largest of the three, each in units of its spread over re-drawn lotteries,
is held against the largest of each re-draw. An effect says that it was not chance that decided who moved. Only wave, day type and band are held equal,
as a lottery in name that follows occupancy would hide behind more.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.demand.fit import Fit, Residuals, by_zone, students, times
from pricing.demand.load import Floats
from pricing.demand.panel import Panel
from pricing.demand.prior import Z90

ALLOWED: Final = 0.1
PRE_TREND_P: Final = 0.05
_MARGIN: Final = 3.0
"""In standard errors of a share of so many draws."""
_SMALLEST: Final = 1e-12
_CLASSES: Final = 24


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What the lottery that was held showed, among what lotteries show that were not: for people to look at."""

    held: float
    low: float
    high: float
    counts: tuple[int, ...]
    """Of the re-drawn lotteries, in classes of one width from `low` to `high`."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One test with what it found and what it had to keep to."""

    found: float | None
    """Share of false alarms of the placebo, or probability of so large an effect before the fact; None where it could not be made."""
    limit: float
    draws: int
    passes: bool
    drawn: Drawn | None = None
    """Estimates of the placebo; differences before the prices moved, in units of their spread. None where the test could not be made."""


def placebo(panel: Panel, pooled: Fit, surprises: Floats) -> Check:
    """Of the pooled response to the own price."""
    draws = surprises.shape[1]
    drawn = pooled.residuals.of(surprises * panel.wanted[:, None]) * pooled.left[:, None]
    sums = by_zone(panel, drawn)
    zones = int(np.count_nonzero(sums.any(axis=1)))
    spread = np.sqrt((sums**2).sum(axis=0) * zones / max(zones - 1, 1))
    alarms = float((np.abs(sums.sum(axis=0)) > Z90 * students(zones) * spread).mean())
    limit = ALLOWED + _MARGIN * float(np.sqrt(ALLOWED * (1.0 - ALLOWED) / draws))
    among = _among(float(pooled.mean[0]), pooled.by_chance[:, 0])
    return Check(found=alarms, limit=limit, draws=draws, passes=alarms <= limit, drawn=among)


def pre_trend(panel: Panel, surprises: Floats) -> Check:
    """Fails where no wave has a measured period before it: what cannot be tested is not believed."""
    known = np.isfinite(panel.before)
    draws = surprises.shape[1]
    if not (known & (panel.instrument != 0.0)).any():
        return Check(found=None, limit=PRE_TREND_P, draws=draws, passes=False)
    residuals = Residuals(panel.weight * known, times(panel))
    past = np.column_stack([np.where(known, panel.before, 0.0), panel.level])
    left = residuals.weighted(residuals.of(past))
    of_moves = np.column_stack([panel.wanted * left[:, 0], np.abs(panel.wanted) * left[:, 0], left[:, 1]])
    others = surprises.T @ of_moves
    spread = np.maximum(np.sqrt((others**2).mean(axis=0)), _SMALLEST)
    seen = float(np.abs(panel.surprise @ of_moves / spread).max())
    largest = np.abs(others / spread).max(axis=1)
    chance = (1.0 + float(np.count_nonzero(largest >= seen))) / (1.0 + draws)
    passes = chance >= PRE_TREND_P
    return Check(found=chance, limit=PRE_TREND_P, draws=draws, passes=passes, drawn=_among(seen, largest))


def _among(held: float, others: Floats) -> Drawn:
    counts, edges = np.histogram(others, bins=_CLASSES)
    return Drawn(held=held, low=float(edges[0]), high=float(edges[-1]), counts=tuple(int(count) for count in counts))
