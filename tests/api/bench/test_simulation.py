"""Policies in a small town: the same drivers, the same limits, and nothing shared but what was measured."""

from collections import Counter

import numpy as np

from api.bench.town import TownWorld
from api.bench.trials import Size, Task
from api.bench.tuning import SETTINGS, plain, tuned
from devices.simulation.market.town import Habits

SHORT = (2, 1)
"""Days of each type in a review period: less to live through than four weeks."""


def test_every_policy_is_tried_with_as_many_settings_and_the_same_steps() -> None:
    tried = Counter(one.family for one in SETTINGS)
    assert set(tried.values()) == {4}
    steps = {(one.policy.step_up, one.policy.step_down, one.policy.floor, one.policy.cap) for one in SETTINGS}
    assert len(steps) == 1
    assert all(abs(step) <= 100 for one in SETTINGS for _, step in one.policy.bands)
    assert plain().keys() == tuned().keys() == tried.keys()


def test_prices_move_towards_the_band_and_all_policies_begin_alike() -> None:
    trial = Task(seed=7, care=0.3, settings=plain(), is_watched=True, size=Size(zones=12, updates=3, days=SHORT))()
    rule, optimizer = trial.courses["bands"], trial.courses["optimizer"]
    assert rule.in_band[0] == optimizer.in_band[0]
    assert optimizer.in_band[-1] > optimizer.in_band[0]
    assert optimizer.reversals.sum() <= rule.reversals.sum()
    assert trial.watched is not None
    assert [one.updates for one in trial.watched.judgements] == [0, 1, 2]


def test_prices_stay_from_the_alarm_on_where_nobody_cares_for_them() -> None:
    trial = Task(seed=9, care=0.0, settings=plain(), is_watched=True, size=Size(zones=6, updates=9, days=SHORT))()
    assert trial.watched is not None
    assert trial.watched.alarm_at == 6
    watched, unwatched = trial.courses["watched"].price, trial.courses["optimizer"].price
    assert len(set(watched[6:].tolist())) == 1
    assert unwatched[9] != unwatched[6]


def test_the_same_seed_gives_the_same_course_and_limits_hold_in_it() -> None:
    task = Task(seed=8, care=0.12, settings=plain(), is_limited=True, size=Size(zones=6, updates=2, days=SHORT))
    once, again = task(), task()
    assert np.array_equal(once.courses["optimizer"].price, again.courses["optimizer"].price)
    assert np.array_equal(once.courses["optimizer"].in_band, again.courses["optimizer"].in_band)
    assert once.broken == 0


def test_a_town_is_counted_as_it_is_measured() -> None:
    world = TownWorld(6, seed=2, habits=Habits(response=0.0), price=400, days=SHORT)
    prices = np.array([[cell.price for cell in world.cells], [2 * cell.price for cell in world.cells]])
    seen = world.pass_period(0, prices, prices)
    assert seen.occupancy.shape == (2, 6 * 2 * 3)
    assert np.array_equal(seen.occupancy[0], seen.occupancy[1])
    assert seen.revenue[1] == 2 * seen.revenue[0] > 0
    assert {cell.zone_id for cell in world.cells} == world.zones.keys()
