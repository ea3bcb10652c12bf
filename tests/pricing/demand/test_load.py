"""A full zone hides how many more would come; load says it, by Erlang's formula."""

from math import factorial

import numpy as np
import pytest

from pricing.demand.load import MOST, crowded_share, load_of, occupancy_of


def test_occupancy_is_erlangs_when_worked_by_hand() -> None:
    # B(1, a) = a / (1 + a); B(2, a) = a B(1, a) / (2 + a B(1, a)).
    assert occupancy_of(np.array([0.5, 1.0]), np.array([1, 1])) == pytest.approx([1 / 3, 0.5], abs=1e-4)
    assert occupancy_of(np.array([1.0]), np.array([2])) == pytest.approx([0.6], abs=1e-4)


def test_load_comes_back_from_its_occupancy_and_a_full_zone_has_the_most() -> None:
    loads = np.linspace(0.0, 1.8, 40)
    spaces = np.tile([1, 12, 60, 300], 10)
    assert load_of(occupancy_of(loads, spaces), spaces) == pytest.approx(loads, abs=0.02)
    assert load_of(np.array([1.0]), np.array([20])) == pytest.approx([MOST])


def test_the_fuller_a_zone_the_more_demand_one_point_of_it_stands_for() -> None:
    spaces = np.full(2, 40)
    low = load_of(np.array([0.60, 0.61]), spaces)
    high = load_of(np.array([0.95, 0.96]), spaces)
    assert np.diff(high) > 3.0 * np.diff(low)


def test_crowded_share_is_that_of_erlangs_states() -> None:
    load, spaces = 0.8, 20
    weights = np.array([(load * spaces) ** n / factorial(n) for n in range(spaces + 1)])
    asked, count = np.array([load, 0.0, 2.5]), np.array([spaces, spaces, 3000])
    found = crowded_share(asked, count)
    assert found[0] == pytest.approx(weights[18:].sum() / weights.sum(), rel=1e-3)
    assert found[1] == pytest.approx(0.0)
    assert found[2] == pytest.approx(1.0)
