"""The served form of the forecast: beats the baselines it is made of, gives way to them, and says nothing of what it does not know."""

import numpy as np
import pytest

from pricing.forecast.chances import chance_of_space
from pricing.forecast.days import days_of
from pricing.forecast.history import DAY, WEEK
from pricing.forecast.intervals import TWENTIETHS
from pricing.forecast.outlook import DAYS_AHEAD, HORIZONS, WITHIN, doubted, outlooks
from tests.pricing.forecast.test_evaluation import MONDAY, town

NOW = 6 * WEEK + 20
"""On a Monday morning of the seventh week; the rest of that day is not there yet."""


def test_each_place_is_served_by_what_was_better_and_told_its_errors() -> None:
    shares = town(4)[:, : NOW // DAY * DAY + DAY]
    shares[:, NOW:] = np.nan
    week = np.clip(np.random.default_rng(5).random(WEEK), 0, 1)
    shares[0] = np.tile(week, 7)[: shares.shape[1]]
    shares[0, NOW:] = np.nan
    shares[1, : 5 * WEEK] = np.nan
    shares[1, 5 * WEEK + 2 * DAY :] = np.nan
    found = outlooks(shares, days_of(MONDAY, shares.shape[1] // DAY + DAYS_AHEAD - 1))
    assert found[1] is None
    assert found[0] is not None
    assert found[0].within in {"persistence", "last_week"}
    assert found[0].beyond == "last_week"
    assert np.array_equal(found[0].curve_beyond, np.tile(week, 2)[: DAYS_AHEAD * DAY])
    for one in found[2:]:
        assert one is not None
        served, best = (
            sum(one.scores[str(minutes)][name] for minutes in WITHIN)
            for name in (one.within, min(one.scores["240"], key=lambda name: one.scores["240"][name]))
        )
        assert served <= 1.1 * best
        assert one.curve_within.shape == (DAYS_AHEAD * DAY,)
        assert one.errors.shape[0] == len(HORIZONS)
        assert (np.diff(one.errors, axis=-1) >= 0).all()


def test_doubt_is_that_of_a_place_so_full() -> None:
    """Quiet by night and restless by day, as the intervals then are."""
    shares = town(4)[:, : NOW // DAY * DAY + DAY]
    is_night = np.arange(shares.shape[1]) % DAY < DAY // 2
    noise = np.random.default_rng(3).normal(0, 1, shares.shape)
    shares = np.where(is_night, 0.15 + 0.005 * noise, 0.5 + 0.1 * noise)
    (one, *_) = outlooks(shares, days_of(MONDAY, shares.shape[1] // DAY + DAYS_AHEAD - 1))
    assert one is not None
    for of_horizon in one.errors:
        by_night, by_day = (of_horizon[fullness, 17] - of_horizon[fullness, 1] for fullness in (1, 3))
        # Normal errors are within 1.28 of their spread in four cases of five.
        assert 0.2 < by_day < 0.4
        assert by_night < 0.08


def test_two_doubts_are_wider_than_one() -> None:
    random = np.random.default_rng(8)
    one, other = random.gamma(4.0, 0.05, 20_000), random.normal(0.1, 0.08, 20_000)
    of_one, of_other, of_both = (np.quantile(errors, TWENTIETHS) for errors in (one, other, one + other))
    found = doubted(np.stack([of_one, np.zeros(19)])[None], of_other)
    assert found[0, 0] == pytest.approx(of_both, abs=0.02)
    assert found[0, 1] == pytest.approx(of_other)


def test_too_short_a_past_says_nothing() -> None:
    shares = town(4)[:, : 28 * DAY]
    assert outlooks(shares, days_of(MONDAY, 28 + DAYS_AHEAD - 1)) == [None] * len(shares)


@pytest.mark.parametrize(("share", "spaces", "chance"), [(0.5, 1, 0.5), (0.5, 2, 0.75), (1.0, 9, 0.0), (0.2, 0, 0.0)])
def test_chance_of_a_space(share: float, spaces: int, chance: float) -> None:
    assert chance_of_space(np.full(19, share), spaces) == pytest.approx(chance)
