"""Intervals that hold what they promise: past errors of the same forecast, scaled by what is usual where and when it is made.

Split conformal prediction: the errors of the last weeks that are known, each over the usual size of errors at its place and time, give the
quantiles by which a new forecast is widened. Usual is a matter of the facility and of how full it was expected to be, of the day of
the week, and of how far off all facilities were together in the hours before: a day that surprises goes on surprising.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.forecast.history import DAY, WEEK, Bools, Floats, Ints
from pricing.forecast.surprises import LEAST_FACILITIES

COVERAGE: Final = 0.80
WEEKS: Final = 3
LEVELS: Final = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
"""Edges of the classes of expected fullness: near empty and near full little can change."""
FULLNESSES: Final = len(LEVELS) + 1
PRIOR_ROWS: Final = 60.0
"""Errors that the usual size of all weighs beside a class's own."""
LEAST: Final = 1e-3
TWENTIETHS: Final = np.arange(1, 20) / 20
"""Levels of the quantiles that stand for a whole distribution."""
WEEKDAY_WEEKS: Final = 8
"""So long for the days of the week, of which each comes but once in one."""
WEEKDAY_PRIOR: Final = 1.0
"""Days that the mean of all days weighs beside those of one weekday."""
HALVES: Final = 2
"""A day's errors are worth so many that have nothing to do with each other: facilities err together, and by the half day."""
UNREST_HALF_LIFE: Final = 4.0
UNREST_PRIOR: Final = 2.0
"""Counted slots."""
_UNREST_REACH: Final = 40


@dataclass(frozen=True)
class _Usual:
    """Size of errors by cell; all of it of days that are known."""

    by_cell: Floats
    by_weekday: Floats
    unrest: Floats
    """Of each slot of the series, as known at its horizon."""

    def of(self, expected: Floats, slots: slice) -> Floats:
        """(facilities, slots) for whole days."""
        weekdays = np.arange(slots.start, slots.stop) // DAY % 7
        size: Floats = self.by_cell[_cells(expected[:, slots])] * self.by_weekday[weekdays] * self.unrest[slots]
        return size


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
        past, today = slice(max(0, until - WEEKS * WEEK), until), slice(day, min(day + DAY, shares.shape[1]))
        learnt = there[:, past]
        if not learnt.any():
            continue
        usual = _usual(errors[:, : today.stop], expected, past, horizon)
        relative = (errors[:, past] / usual.of(expected, past))[learnt]
        wider = np.quantile(relative, _held(levels, learnt, past.start))[:, None, None] * usual.of(expected, today)
        found[:, :, today] = np.clip(expected[:, today] + wider, 0.0, 1.0)
    return found


def _held(levels: Floats, learnt: Bools, begin: int) -> Floats:
    """Levels that hold for a day to come: the widest of n errors is a promise of n to one, so each level lies a little further out."""
    days = len(np.unique((np.flatnonzero(learnt.any(axis=0)) + begin) // DAY))
    held: Floats = np.clip(0.5 + (levels - 0.5) * (1.0 + 1.0 / (HALVES * days)), 0.0, 1.0)
    return held


def _usual(errors: Floats, expected: Floats, past: slice, horizon: int) -> _Usual:
    """Learnt from `past`; the weekdays from some weeks more."""
    by_cell = _by_cell(np.abs(errors[:, past]), _cells(expected[:, past]))
    since = max(0, past.stop - WEEKDAY_WEEKS * WEEK) // DAY * DAY
    relative = np.abs(errors[:, since:]) / by_cell[_cells(expected[:, since : errors.shape[1]])]
    unrest = np.ones(errors.shape[1])
    unrest[since:] = _unrest(relative, horizon)
    whole = slice(since, past.stop // DAY * DAY)
    return _Usual(by_cell, _by_weekday(relative[:, : whole.stop - since] / unrest[whole], since // DAY), unrest)


def _cells(expected: Floats) -> Ints:
    """Facility and class of fullness of each slot, as one number."""
    cells: Ints = np.arange(len(expected))[:, None] * FULLNESSES + fullness_of(expected)
    return cells


def fullness_of(expected: Floats) -> Ints:
    """The class of how full a place is expected to be."""
    found: Ints = np.digitize(np.nan_to_num(expected), LEVELS)
    return found


def _by_cell(size: Floats, cells: Ints) -> Floats:
    """Usual size of an error by cell, shrunk to that of all."""
    learnt = np.isfinite(size)
    number_of_cells = len(size) * FULLNESSES
    overall = float(size[learnt].mean())
    number = np.bincount(cells[learnt], minlength=number_of_cells)
    total = np.bincount(cells[learnt], weights=size[learnt], minlength=number_of_cells)
    usual: Floats = np.maximum((total + PRIOR_ROWS * overall) / (number + PRIOR_ROWS), LEAST)
    return usual


def _by_weekday(relative: Floats, first_day: int) -> Floats:
    """By how much the errors of each day of the week differ in size from those of all days."""
    by_day = relative.reshape(len(relative), -1, DAY)
    known = np.isfinite(by_day)
    number = known.sum(axis=(0, 2))
    days = np.flatnonzero(number)
    size = np.where(known, by_day, 0.0).sum(axis=(0, 2))[days] / number[days]
    usual = float(size.mean()) if len(days) else 0.0
    if usual == 0.0:
        # Nothing is known, or nothing was ever wrong.
        return np.ones(7)
    weekdays = (first_day + days) % 7
    total = np.bincount(weekdays, weights=size, minlength=7) + WEEKDAY_PRIOR * usual
    factor: Floats = total / (np.bincount(weekdays, minlength=7) + WEEKDAY_PRIOR) / usual
    return factor


def _unrest(relative: Floats, horizon: int) -> Floats:
    """(slots,) mean relative size of the errors of all facilities in the counted slots up to a horizon before each; 1 where little is known."""
    known = np.isfinite(relative)
    number = known.sum(axis=0)
    counted = np.flatnonzero(number >= LEAST_FACILITIES)
    size = np.where(known, relative, 0.0).sum(axis=0)[counted] / number[counted]
    weights = 0.5 ** (np.arange(_UNREST_REACH) / UNREST_HALF_LIFE)
    recent = np.convolve(size, weights)[: len(size)] if len(size) else size
    weighed = np.cumsum(weights)[np.minimum(np.arange(len(size)), _UNREST_REACH - 1)]
    after = np.concatenate([[1.0], (recent + UNREST_PRIOR) / (weighed + UNREST_PRIOR)])
    unrest: Floats = after[np.searchsorted(counted, np.arange(relative.shape[1]) - horizon, side="right")]
    return unrest
