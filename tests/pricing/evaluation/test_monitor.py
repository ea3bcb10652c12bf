"""A response that is there is seen, one that is not is not invented from noise, and prices that go to and fro are noticed."""

import numpy as np
import pytest

from pricing.evaluation.monitor import Expected, Judgement, Period, judge

EXPECTED = Expected(target_low=0.6, target_high=0.8)
CELLS = 240
SPACES = [40] * CELLS
ZONES = [f"z{number // 6}" for number in range(CELLS)]


def course(response: float, updates: int, *, seed: int, noise: float = 0.06) -> list[Period]:
    """Prices by the rule in a city whose occupancy is a fixed demand, a constant elasticity and noise."""
    random = np.random.default_rng(seed)
    wanted, prices = random.uniform(0.2, 1.1, CELLS), np.full(CELLS, 400)
    periods = []
    for _ in range(updates + 1):
        share = np.clip(wanted * (prices / 400) ** response * np.exp(random.normal(0.0, noise, CELLS)), 0.0, 0.97)
        periods.append(
            Period(prices=prices.tolist(), occupancies=share.tolist(), full_shares=(share > 0.9).astype(float).tolist())
        )
        prices = np.clip(prices + np.where(share > 0.8, 50, np.where(share < 0.6, -50, 0)), 50, 1500)
    return periods


def judged(periods: list[Period]) -> Judgement:
    return judge(periods, SPACES, EXPECTED, zones=ZONES)


def test_a_world_without_response_raises_the_alarm_at_the_sixth_update_and_not_before() -> None:
    for seed in range(20):
        periods = course(0.0, 6, seed=seed)
        found = judged(periods)
        assert (found.verdict, found.updates, found.is_alarm) == ("no_detectable_response", 6, True)
        assert found.response_low is not None
        assert found.response_high is not None
        assert found.response_high > -0.1
        assert {judged(periods[: count + 1]).verdict for count in range(6)} == {"too_early"}


def test_a_response_too_weak_to_steer_by_is_none_however_surely_it_is_measured() -> None:
    """Without noise: a hundredth fewer where the price is two and a half times as high."""
    found = judged(course(-0.01, 6, seed=3, noise=0.0))
    assert found.response_high is not None
    assert found.response_high < 0.0
    assert found.verdict == "no_detectable_response"


@pytest.mark.parametrize("response", [-0.2, -0.5])
def test_a_response_is_seen_soon_and_raises_no_alarm(response: float) -> None:
    for seed in range(10):
        periods = course(response, 6, seed=seed)
        found = judged(periods)
        assert found.verdict == "as_expected"
        assert found.response_low is not None
        assert found.response_high is not None
        assert found.response_low < response + 0.15
        assert found.response_high > response - 0.15
        assert "drivers respond" in found.reason_en
        assert "车主对价格有响应" in found.reason_zh


def test_prices_that_go_to_and_fro_oscillate() -> None:
    prices = [[400 + 100 * (number % 2)] * CELLS for number in range(4)]
    shares = np.random.default_rng(1).uniform(0.4, 0.9, CELLS).tolist()
    found = judged([Period(prices=row, occupancies=shares, full_shares=[None] * CELLS) for row in prices])
    assert (found.verdict, found.moves, found.reversals) == ("oscillating", 3 * CELLS, 2 * CELLS)
    assert found.crowded_now is None


def test_moved_cells_that_get_farther_from_the_target_than_the_others_are_worse() -> None:
    random = np.random.default_rng(2)
    first = random.uniform(0.82, 0.9, CELLS)
    moved = np.arange(CELLS) % 2 == 0
    then = first + np.where(moved, 0.08, 0.0) + random.normal(0.0, 0.01, CELLS)
    periods = [
        Period(prices=prices.tolist(), occupancies=shares.tolist(), full_shares=shares.tolist())
        for prices, shares in ((np.full(CELLS, 400), first), (np.where(moved, 500, 400), then))
    ]
    assert judged(periods).verdict == "worse"


def test_little_or_nothing_measured_is_too_early_and_never_an_error() -> None:
    bare = Period(prices=[400, 0], occupancies=[None, None], full_shares=[None, None])
    for periods in ([bare], [bare, bare], [bare] * 9):
        found = judge(periods, [10, 0], EXPECTED)
        assert (found.verdict, found.response, found.in_band_now) == ("too_early", None, 0.0)
