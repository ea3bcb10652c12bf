"""Intervals are as wide as errors are where and when they are made."""

from typing import Final

import numpy as np

from pricing.forecast.history import DAY, WEEK, Floats
from pricing.forecast.intervals import interval

WEEKS: Final = 10
START: Final = 6 * WEEK
DAYS: Final = np.arange(WEEKS * WEEK) // DAY


def covered(size: Floats, horizon: int) -> tuple[Floats, Floats]:
    """Which slots lay inside, and how wide the interval was; the errors of 20 facilities have those sizes (slots)."""
    expected = np.full((20, len(size)), 0.5)
    shares = expected + size * np.random.default_rng(7).normal(size=expected.shape)
    low, high = interval(shares, expected, horizon, START)
    inside = ((shares >= low) & (shares <= high)).astype(np.float64)
    return inside[:, START:], (high - low)[:, START:].mean(axis=0)


def test_days_of_the_week_have_intervals_of_their_own() -> None:
    weekend = DAYS % 7 >= 5
    inside, width = covered(np.where(weekend, 0.06, 0.02), WEEK)
    for days in (weekend[START:], ~weekend[START:]):
        assert 0.74 <= inside[:, days].mean() <= 0.88
    assert width[weekend[START:]].mean() > 2 * width[~weekend[START:]].mean()


def test_interval_is_wider_after_hours_in_which_all_were_off() -> None:
    restless = np.random.default_rng(8).random(WEEKS * 7)[DAYS] < 0.3
    inside, width = covered(np.where(restless, 0.06, 0.02), 2)
    late = np.arange(len(restless) - START) % DAY >= 8
    for days in (restless[START:] & late, ~restless[START:] & late):
        assert 0.68 <= inside[:, days].mean() <= 0.9
    assert width[restless[START:] & late].mean() > 2 * width[~restless[START:] & late].mean()
