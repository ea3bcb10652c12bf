r"""The response that a panel shows by itself, before anything is believed: instrumental variables, and an error that chance and clusters must both allow.

With :math:`X` the changes of prices (own by group, and the mean of the neighbours'), :math:`Z` their instruments and both, like the change of load
:math:`y`, freed of what was there before the lottery, :math:`\hat\beta = (Z'X)^{-1} Z'y`. The covariance is :math:`(Z'X)^{-1} \Omega (Z'X)^{-\top}` with
:math:`\Omega` once the squares of the scores summed by zone, once their spread when the lotteries are drawn again; of each parameter the larger error
counts. Zones that share neighbours share their instrument and may share their moods, which sums by zone do not see and the spread over lotteries does
(Adão, Kolesár and Morales, "Shift-share designs: theory and inference", 2019). Few zones tell their own spread badly, and residuals are smaller than errors
where few rows bear many controls: errors are widened by Student's quantile over the normal one, and by the degrees of freedom.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.demand.load import Floats
from pricing.demand.panel import Panel
from pricing.demand.prior import Z90

DRAWS: Final = 400
"""Of the lotteries; the spread of so many is known to 4 %."""
_SMALLEST: Final = 1e-9


@dataclass(frozen=True)
class Fit:
    """Parameters: the response of each column to its own price, then, where neighbours are known, the one to theirs."""

    mean: Floats
    covariance: Floats
    residuals: "Residuals"
    left: Floats
    """What the fit leaves of the change of load, by row, weighted."""
    by_chance: Floats
    """(draws, parameters): what lotteries that were not held would have shown, with the effect taken out."""


class Residuals:
    """Frees arrays by row of what controls explain, weighted."""

    def __init__(self, weight: Floats, controls: Floats) -> None:
        self._root = np.sqrt(weight)[:, None]
        basis, size, _ = np.linalg.svd(self._root * controls, full_matrices=False)
        self._basis = basis[:, size > _SMALLEST * max(float(size[0]), _SMALLEST)]
        self.rank = self._basis.shape[1]

    def of(self, values: Floats) -> Floats:
        """(rows, columns), weighted by the root of the weights."""
        weighted = self._root * values
        found: Floats = weighted - self._basis @ (self._basis.T @ weighted)
        return found

    def weighted(self, values: Floats) -> Floats:
        found: Floats = self._root * values
        return found


def times(panel: Panel) -> Floats:
    """(rows, times): 1 in the column of the row's wave, day type and band."""
    found: Floats = (panel.time[:, None] == np.arange(panel.time.max() + 1)).astype(np.float64)
    return found


def fit(panel: Panel, columns: Floats, surprises: Floats) -> Fit | None:
    """`columns` (rows, k) says to which own response a row belongs, none for rows that are left out; `surprises` are those of re-drawn lotteries.

    None where the prices did not follow the lottery, so that nothing can be told.
    """
    residuals = Residuals(panel.weight * columns.any(axis=1), _controls(panel))
    instruments = residuals.of(_stacked(panel, columns, panel.instrument))
    moved, change = residuals.of(_stacked(panel, columns, panel.moved)), residuals.of(panel.change[:, None])
    cross = instruments.T @ moved
    if np.linalg.cond(cross) > 1.0 / _SMALLEST:
        return None
    mean = np.asarray(np.linalg.solve(cross, instruments.T @ change)[:, 0], dtype=np.float64)
    left: Floats = change[:, 0] - moved @ mean
    redrawn = _redrawn(panel, columns, residuals.weighted(left[:, None]), surprises)
    inverse = np.linalg.inv(cross)
    clustered = inverse @ _clustered(panel, instruments * left[:, None]) @ inverse.T
    by_chance: Floats = redrawn @ inverse.T
    random = by_chance.T @ by_chance / len(by_chance)
    wider = np.sqrt(np.maximum(np.diag(random) / np.maximum(np.diag(clustered), _SMALLEST**2), 1.0))
    zones = _zones(panel, instruments)
    rows = int(np.count_nonzero(instruments.any(axis=1)))
    free = max(rows - residuals.rank - len(mean), 1)
    few = students(zones) ** 2 * max(rows - 1, 1) / free
    return Fit(mean, clustered * np.outer(wider, wider) * few, residuals, left, by_chance)


def _controls(panel: Panel) -> Floats:
    """All that was there before the lottery, so that no control takes anything of the effect; the period before the last tells the last one's noise."""
    is_known = np.isfinite(panel.before)
    before = np.where(is_known, panel.before, 0.0)
    earlier = [is_known, before, panel.moved_before, panel.nearby(panel.moved_before)]
    found: Floats = np.column_stack([times(panel), panel.wanted, panel.level, *earlier])
    return found


def students(zones: int) -> float:
    """Student's quantile of 90 % over the normal one with so many clusters, by its expansion in one over their number."""
    return 1.0 + (Z90**2 + 1.0) / (4.0 * max(zones - 1, 1))


def by_zone(panel: Panel, scores: Floats) -> Floats:
    """(zones, columns): sums over the rows of each zone."""
    found = np.zeros((int(panel.zone.max()) + 1, scores.shape[1]))
    np.add.at(found, panel.zone, scores)
    return found


def _stacked(panel: Panel, columns: Floats, values: Floats) -> Floats:
    own = columns * values[:, None]
    return own if panel.near is None else np.column_stack([own, panel.nearby(values)])


def _clustered(panel: Panel, scores: Floats) -> Floats:
    sums, zones = by_zone(panel, scores), _zones(panel, scores)
    found: Floats = sums.T @ sums * (zones / max(zones - 1, 1))
    return found


def _zones(panel: Panel, scores: Floats) -> int:
    return len(np.unique(panel.zone[scores.any(axis=1)]))


def _redrawn(panel: Panel, columns: Floats, left: Floats, surprises: Floats) -> Floats:
    """Sums of scores by draw; the residuals `left` are free of the controls, so the drawn instruments need not be."""
    drawn = surprises * panel.wanted[:, None]
    own = drawn.T @ (columns * left)
    if panel.near is None:
        return own
    return np.column_stack([own, drawn.T @ (panel.near.T @ left)])
