"""Intervals that hold what they promise: past errors of the same forecast, scaled by what is usual where it is made.

Split conformal prediction: the errors of the last weeks that are known, each over the usual size of errors of its facility and of how
full the place was expected to be, give the quantiles by which a new forecast is widened.
"""

from typing import Final

import numpy as np

from pricing.forecast.history import DAY, WEEK, Bools, Floats, Ints

COVERAGE: Final = 0.80
WEEKS: Final = 3
LEVELS: Final = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
"""Edges of the classes of expected fullness: near empty and near full little can change."""
PRIOR_ROWS: Final = 60.0
"""Errors that the usual size of all weighs beside a class's own."""
LEAST: Final = 1e-3
TWENTIETHS: Final = np.arange(1, 20) / 20
"""Levels of the quantiles that stand for a whole distribution."""


def interval(shares: Floats, expected: Floats, horizon: int, start: int) -> tuple[Floats, Floats]:
    """Ends of the 80 % interval around `expected` (facilities, slots), from the slot `start` on; NaN elsewhere."""
    tail = (1.0 - COVERAGE) / 2.0
    low, high = quantiles(shares, expected, (horizon, start), np.array([tail, 1.0 - tail]))
    return low, high


def quantiles(shares: Floats, expected: Floats, known: tuple[int, int], levels: Floats) -> Floats:
    """(levels, facilities, slots) of the distribution around `expected`; `known` is the horizon and the first slot.

    Each day learns from the errors that are known a horizon before it begins; where none is there is no distribution.
    """
    horizon, start = known
    found = np.full((len(levels), *expected.shape), np.nan)
    errors = shares - expected
    there = np.isfinite(errors)
    for day in range(start, shares.shape[1], DAY):
        until = max(0, day - horizon)
        past, today = slice(max(0, until - WEEKS * WEEK), until), slice(day, day + DAY)
        learnt = there[:, past]
        if not learnt.any():
            continue
        usual = _usual(np.abs(errors[:, past]), _cells(expected[:, past]), learnt)
        relative = errors[:, past][learnt] / usual[_cells(expected[:, past])][learnt]
        wider = np.quantile(relative, levels)[:, None, None] * usual[_cells(expected[:, today])]
        found[:, :, today] = np.clip(expected[:, today] + wider, 0.0, 1.0)
    return found


def _cells(expected: Floats) -> Ints:
    """Facility and class of fullness of each slot, as one number."""
    classes = len(LEVELS) + 1
    cells: Ints = np.arange(len(expected))[:, None] * classes + np.digitize(np.nan_to_num(expected), LEVELS)
    return cells


def _usual(size: Floats, cells: Ints, learnt: Bools) -> Floats:
    """Usual size of an error by cell, shrunk to that of all."""
    number_of_cells = len(size) * (len(LEVELS) + 1)
    overall = float(size[learnt].mean())
    number = np.bincount(cells[learnt], minlength=number_of_cells)
    total = np.bincount(cells[learnt], weights=size[learnt], minlength=number_of_cells)
    usual: Floats = np.maximum((total + PRIOR_ROWS * overall) / (number + PRIOR_ROWS), LEAST)
    return usual
