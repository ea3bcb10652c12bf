"""Forecasts that know nothing of the future, beat two baselines and hold their intervals."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from pricing.forecast.days import days_of
from pricing.forecast.evaluation import EvaluationImpossibleError, choose, evaluate
from pricing.forecast.history import DAY, WEEK, Floats, History
from pricing.forecast.intervals import interval
from pricing.forecast.model import point_forecast
from pricing.history.cleaning import Cleaning
from pricing.history.counts import read_counts

MONDAY: Final = date(2026, 3, 2)
HORIZONS: Final = (1, 8, WEEK)
DAYS: Final = days_of(MONDAY, 8 * 7)


def town(seed: int, *, weeks: int = 8, facilities: int = 6) -> Floats:
    """Places that fill and empty by day, with good and bad days that last, and gaps in their counts."""
    random = np.random.default_rng(seed)
    slots = np.arange(weeks * WEEK)
    peak = random.uniform(0.3, 0.8, size=(facilities, 1))
    shape = np.clip(np.sin((slots % DAY - 14) / 20 * np.pi), 0, None) * np.where(slots // DAY % 7 < 5, 1.0, 0.6)
    days = np.repeat(random.normal(0, 0.12, size=(facilities, weeks * 7)), DAY, axis=1)
    shares: Floats = np.clip(peak * shape * (1 + days) + random.normal(0, 0.01, size=(facilities, len(slots))), 0, 1)
    shares[random.random(shares.shape) < 0.03] = np.nan
    return shares


def history(shares: Floats) -> History:
    return History(tuple(f"F{number}" for number in range(len(shares))), MONDAY, shares)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_forecast_does_not_know_what_comes_after_its_horizon(horizon: int) -> None:
    shares = town(1)
    before, slot = 6 * WEEK, 6 * WEEK + 30
    other = shares.copy()
    other[:, slot - horizon + 1 :] = 0.123
    one, two = (point_forecast(series, horizon, before, DAYS) for series in (shares, other))
    assert np.array_equal(one[:, slot], two[:, slot], equal_nan=True)
    low, other_low = interval(shares, one, horizon, before)[0], interval(other, two, horizon, before)[0]
    assert np.array_equal(low[:, slot], other_low[:, slot], equal_nan=True)


def test_choice_of_the_model_does_not_know_the_window() -> None:
    shares, before = town(2), 6 * WEEK
    other = shares.copy()
    other[:, before:] = np.random.default_rng(3).random(other[:, before:].shape)
    assert choose(shares, 2, before, DAYS).name == choose(other, 2, before, DAYS).name


def test_model_beats_both_baselines_where_days_differ() -> None:
    for score in evaluate(history(town(4)), MONDAY + timedelta(weeks=6), MONDAY + timedelta(weeks=8), [60, 240, 10080]):
        best = min(score.last_week.mae, score.persistence.mae)
        assert score.forecast.mae < 0.95 * best, score
        assert 0.72 <= score.forecast.coverage <= 0.88, score
        assert score.used == "model"


def test_baseline_is_used_where_the_model_loses_to_it() -> None:
    random = np.random.default_rng(5)
    week = np.clip(random.random((4, WEEK)), 0, 1)
    shares = np.tile(week, (1, 8))
    shares[:, ::5] = random.random(shares[:, ::5].shape)
    (score,) = evaluate(
        history(np.where(random.random(shares.shape) < 0.5, np.tile(week, (1, 8)), shares)),
        MONDAY + timedelta(weeks=6),
        MONDAY + timedelta(weeks=7),
        [30],
    )
    assert score.forecast.mae <= 1.02 * min(score.last_week.mae, score.persistence.mae)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [(1, 7, 60), (20, 20, 60), (80, 90, 60), (42, 49, 45), (42, 49, 0)],
)
def test_a_window_that_cannot_be_forecast_is_refused(start: int, end: int, minutes: int) -> None:
    with pytest.raises(EvaluationImpossibleError):
        evaluate(history(town(6)), MONDAY + timedelta(days=start), MONDAY + timedelta(days=end), [minutes])


def test_birmingham_is_forecast_better_than_both_baselines_in_each_week(shared: Path) -> None:
    """Four weeks from 22 November 2016, each learnt before it; the figures are in docs/forecast.md."""
    cleaning = Cleaning()
    counts = History.of(read_counts(shared / "data/birmingham/dataset.csv", "birmingham", cleaning))
    assert cleaning.rows == 35_717
    assert cleaning.counts == {"duplicate": 216, "over_capacity": 373, "below_zero": 12}
    # A slot at a usual time of day that nobody counted stays unknown; the clock was set back at night, when nobody counts.
    assert counts.gaps == 3_539
    for week, horizons in enumerate(([30, 60, 120, 240, 10080], [240, 10080], [240, 10080], [240, 10080])):
        begin = date(2016, 11, 22) + timedelta(weeks=week)
        for score in evaluate(counts, begin, begin + timedelta(weeks=1), horizons):
            assert score.forecast.mae <= 0.95 * min(score.last_week.mae, score.persistence.mae), (begin, score)
            assert 0.75 <= score.forecast.coverage <= 0.85, (begin, score)
