"""What is expected of a price is judged over the whole prior, and a price that does not move changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.optimizer.expected import costs, expected, occupancies, revenues
from pricing.optimizer.model import Cell


def cell(occupancy: float, *, price: int = 300, spaces: int = 40) -> Cell:
    return Cell(zone_id="z", day_type="d", band="b", price=price, occupancy=occupancy, spaces=spaces, hours=100.0)


@settings(deadline=None)
@given(occupancy=st.floats(0.0, 1.0), price=st.integers(0, 2000), now=st.integers(0, 2000), spaces=st.integers(0, 90))
def test_shares_stay_shares_and_dearer_is_never_fuller(occupancy: float, price: int, now: int, spaces: int) -> None:
    found = occupancies([cell(occupancy, price=now, spaces=spaces)], np.array([0, 0]), np.array([price, price + 50]))
    assert ((found >= 0.0) & (found <= 1.0)).all()
    if price > 0 and now > 0:
        assert (found[1] <= found[0] + 1e-9).all()


def test_a_step_counts_by_what_it_costs_and_not_by_its_ratio() -> None:
    cheap, dear = cell(0.7, price=100), cell(0.7, price=500)
    found = occupancies([cheap, dear], np.array([0, 1]), np.array([150, 550]))
    assert found[0] == pytest.approx(found[1])


def test_the_price_in_force_and_a_price_of_zero_leave_what_was_measured() -> None:
    parked = [cell(0.93), cell(0.5, price=0)]
    assert expected(parked, [300, 400]) == pytest.approx(np.array([[0.93] * 3, [0.5] * 3]))


def test_full_zone_stays_fuller_under_a_step_than_one_that_was_not_full() -> None:
    drop = [measured - expected([cell(measured)], [400])[0, 0] for measured in (0.97, 0.7)]
    assert 0.0 < drop[0] < drop[1]


def test_cost_is_the_mean_distance_to_the_band_and_crowding_counts_twice() -> None:
    assert costs(np.array([[0.7, 0.7]]), low=0.6, high=0.8) == pytest.approx([0.0])
    assert costs(np.array([[0.62, 0.7]]), low=0.6, high=0.8) == pytest.approx([0.1 * 0.08 / 2])
    assert costs(np.array([[0.5, 0.5]]), low=0.6, high=0.8) == pytest.approx([0.1 + 0.1 * 0.2])
    # Where cells compete, in band at all is worth more than as much less distance elsewhere.
    far, near, inside = costs(np.array([[0.3], [0.55], [0.65]]), low=0.6, high=0.8, is_scarce=True)
    closer = costs(np.array([[0.4]]), low=0.6, high=0.8, is_scarce=True)[0]
    assert near - inside > far - closer > 0.0
    assert costs(np.array([[0.95, 0.75]]), low=0.6, high=0.8) == pytest.approx([(0.15 + 0.05 + 0.1 * 0.3) / 2])


def test_revenue_is_price_times_expected_occupancy_times_spaces_and_hours() -> None:
    parked = [cell(0.7)]
    assert revenues(parked, np.array([0]), np.array([300])) == pytest.approx([300 * 0.7 * 40 * 100])
