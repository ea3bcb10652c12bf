"""The optimizer and the rule in a small town: the same drivers, the same limits, and nothing shared but what was measured."""

import numpy as np

from api.bench.simulation import LIMITED, POLICY, courses_of
from api.bench.town import TownWorld
from devices.simulation.market.town import Habits


def test_prices_move_towards_the_band_and_both_methods_begin_alike() -> None:
    courses = courses_of(7, 0.3, POLICY, zones=12, updates=3)
    rule, optimizer = courses["rule"], courses["optimizer"]
    assert rule.in_band[0] == optimizer.in_band[0]
    assert optimizer.in_band[-1] > optimizer.in_band[0]
    assert optimizer.moves > 0
    assert optimizer.reversals <= optimizer.moves


def test_the_same_seed_gives_the_same_course_and_limits_hold_in_it() -> None:
    once, again = (courses_of(8, 0.12, LIMITED, zones=9, updates=2)["optimizer"] for _ in range(2))
    assert np.array_equal(once.price, again.price)
    assert np.array_equal(once.in_band, again.in_band)


def test_a_town_is_counted_as_it_is_measured() -> None:
    world = TownWorld(6, seed=2, habits=Habits(response=0.0), price=400)
    prices = np.array([[cell.price for cell in world.cells], [2 * cell.price for cell in world.cells]])
    seen = world.pass_period(0, prices, prices)
    assert seen.occupancy.shape == (2, 6 * 2 * 3)
    assert np.array_equal(seen.occupancy[0], seen.occupancy[1])
    assert seen.revenue[1] == 2 * seen.revenue[0] > 0
    assert {cell.zone_id for cell in world.cells} == world.zones.keys()
