"""The forecast of one horizon: a robust linear model within the day, a blend of two views beyond it, with its interval.

Within the day the profile baseline is corrected by how today and the last days differ from it. Beyond it, half is the same
time of the last known week and half the long weekday mean moved by most of what the last known week deviated from it: the first
follows fast and is noisy, the second averages the noise out and follows slowly; their errors have little in common. Part of what lately surprised
all facilities at once is added to it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.forecast import robust
from pricing.forecast.days import Days, kind_mean, on_earlier
from pricing.forecast.features import NAMES, features, present
from pricing.forecast.history import DAY, WEEK, Floats, Ints
from pricing.forecast.shifts import mean_known, shifted
from pricing.forecast.surprises import common_surprise

WARM_UP: Final = 2 * WEEK
"""Slots at the beginning that only serve as past."""
MEMORY_DAYS: Final = 20.0
"""Half-life of what is learnt from."""
STRENGTH: Final = 0.01
SAMPLE: Final = 400_000
"""Rows that a fit takes at most; more of them change the third digit of nothing."""
FOLLOWED: Final = 0.7
"""Share of last week's deviation from the long mean that is believed to last."""
LONG_HALF_LIFE: Final = 8.0
HOURS: Final = 4
"""Slots of which the common surprise is that of an hour."""
HOURS_FOLLOWED: Final = 0.5
"""Share of what surprised all facilities at the same hours of the last day of the kind that is expected to come again."""
DAY_FOLLOWED: Final = 0.3
"""And of what the whole day before did, the last one that is known to its end."""
_PRIOR: Final = np.array([1.0] + [0.0] * (len(NAMES) - 1))


@dataclass(frozen=True)
class Forecast:
    """Of every slot of a series, as known one horizon before it; shares 0 to 1, NaN where nothing can be said."""

    expected: Floats
    low: Floats
    high: Floats
    """Ends of the 80 % interval."""


def point_forecast(shares: Floats, horizon: int, before: int, days: Days) -> Floats:
    """`shares` (facilities, slots); learns from slots before `before` only, and looks back from each slot by the horizon."""
    if horizon >= DAY:
        return days_forecast(shares, -(-horizon // DAY), days, (0, shares.shape[1] // DAY))
    clipped: Floats = np.clip(_within_day(shares, horizon, before, days), 0.0, 1.0)
    return clipped


def _within_day(shares: Floats, horizon: int, before: int, days: Days) -> Floats:
    now = present(shares, horizon)
    table = features(shares, horizon, days)
    change = shares - now
    learnt = np.zeros(shares.shape, dtype=np.bool_)
    learnt[:, WARM_UP:before] = np.isfinite(change[:, WARM_UP:before])
    rows, slots = np.nonzero(learnt)
    if len(rows) < 10 * len(NAMES):
        return now + table[..., 0]
    chosen = evenly(len(rows), SAMPLE)
    rows, slots = rows[chosen], slots[chosen]
    weights = 0.5 ** ((before - slots) / (MEMORY_DAYS * DAY))
    weights = weights / np.bincount(rows, weights=weights, minlength=len(shares))[rows] * len(rows)
    columns, target = table[rows, slots], change[rows, slots]
    found = robust.fit(columns, target, weights, _PRIOR, STRENGTH)
    return now + table @ found


def days_forecast(shares: Floats, ahead: int, days: Days, wanted: tuple[int, int]) -> Floats:
    """The days from the first up to the second of `wanted`, each with what was known so many days ahead of it."""
    first, last = wanted
    since = max(0, first - ahead - 6)
    own = _own_days(shares, ahead, days, (since, last))
    errors = shares[:, since * DAY : last * DAY] - own
    same_hours = on_earlier(common_surprise(errors, HOURS), days.earlier(ahead)[0, first:last] - since)
    before = np.arange(first, last) - ahead - 1 - since
    day_before = np.where(before >= 0, common_surprise(errors, DAY)[before * DAY + DAY - 1], 0.0)
    again = HOURS_FOLLOWED * np.nan_to_num(same_hours) + DAY_FOLLOWED * np.repeat(day_before, DAY)
    clipped: Floats = np.clip(own[:, (first - since) * DAY :] + again, 0.0, 1.0)
    return clipped


def _own_days(shares: Floats, ahead: int, days: Days, wanted: tuple[int, int]) -> Floats:
    """By what each facility has done itself."""
    first, last = wanted
    since = max(0, first - ahead - 6)
    near = days.earlier(1)[:, since:last]
    surprise = shares[:, since * DAY : last * DAY] - kind_mean(shares, near, LONG_HALF_LIFE)
    recent = mean_known(shifted(surprise, day * DAY) for day in range(ahead, ahead + 7))[:, (first - since) * DAY :]
    earlier = days.earlier(ahead)[:, first:last]
    moved = kind_mean(shares, earlier, LONG_HALF_LIFE) + FOLLOWED * np.where(np.isfinite(recent), recent, 0.0)
    return mean_known((on_earlier(shares, earlier[0]), moved))


def evenly(rows: int, most: int) -> Ints:
    """So many at most of the rows, spread over all of them, the same for the same data."""
    return np.unique(np.linspace(0, rows - 1, min(rows, most)).astype(np.intp))
