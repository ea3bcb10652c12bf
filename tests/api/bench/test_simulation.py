"""Policies in a small town: the same drivers, the same limits, and nothing shared but what was measured."""

import numpy as np

from api.bench.simulation import try_free, try_limited
from api.bench.town import TownWorld
from devices.simulation.market.town import Habits


def test_prices_move_towards_the_band_and_all_policies_begin_alike() -> None:
    trial = try_free(7, 0.3, zones=12, updates=3)
    rule, optimizer = trial.courses["rule"], trial.courses["optimizer"]
    assert rule.in_band[0] == optimizer.in_band[0]
    assert optimizer.in_band[-1] > optimizer.in_band[0]
    assert optimizer.reversals <= rule.reversals
    assert [one.updates for one in trial.watched.judgements] == [0, 1, 2]


def test_prices_stay_from_the_alarm_on_where_nobody_cares_for_them() -> None:
    trial = try_free(9, 0.0, zones=6, updates=9)
    assert trial.watched.alarm_at == 6
    watched, unwatched = trial.courses["watched"].price, trial.courses["optimizer"].price
    assert len(set(watched[6:].tolist())) == 1
    assert unwatched[9] != unwatched[6]


def test_the_same_seed_gives_the_same_course_and_limits_hold_in_it() -> None:
    once, again = (try_limited(8, 0.12, zones=6, updates=2) for _ in range(2))
    assert np.array_equal(once.courses["optimizer"].price, again.courses["optimizer"].price)
    assert np.array_equal(once.courses["optimizer"].in_band, again.courses["optimizer"].in_band)
    assert once.broken == 0


def test_a_town_is_counted_as_it_is_measured() -> None:
    world = TownWorld(6, seed=2, habits=Habits(response=0.0), price=400)
    prices = np.array([[cell.price for cell in world.cells], [2 * cell.price for cell in world.cells]])
    seen = world.pass_period(0, prices, prices)
    assert seen.occupancy.shape == (2, 6 * 2 * 3)
    assert np.array_equal(seen.occupancy[0], seen.occupancy[1])
    assert seen.revenue[1] == 2 * seen.revenue[0] > 0
    assert {cell.zone_id for cell in world.cells} == world.zones.keys()
