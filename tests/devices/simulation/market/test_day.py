"""Drivers obey space, walk to a neighbour when it is full, and answer prices only as far as they care."""

from dataclasses import replace

import numpy as np
import pytest

from devices.simulation.market.day import DAY_MIN, QUIET_MIN, DayCount, draw, pass_day
from devices.simulation.market.town import BANDS, Floats, Habits, Town, make_town

ZONES = 12
FLAT = np.full((1, ZONES, len(BANDS)), 4.0)


@pytest.fixture(scope="module")
def town() -> Town:
    return make_town(ZONES, seed=3, habits=Habits(response=0.3))


def day_of(town: Town, prices: Floats, *, before: Floats | None = None) -> DayCount:
    return pass_day(town, draw(town, 0, seed=(7,)), prices, prices if before is None else before)


def test_no_zone_holds_more_than_its_spaces_and_the_same_seed_gives_the_same_day(town: Town) -> None:
    crowd = replace(town, arrivals=town.arrivals * 4.0)
    day = day_of(crowd, FLAT)
    minutes = np.array([(end - start) * 60 for start, end in BANDS])
    assert (day.occupied_min <= town.spaces[:, None] * minutes).all()
    assert minutes.sum() == DAY_MIN - QUIET_MIN
    assert day.turned_away.sum() > 0
    assert np.array_equal(day.occupied_min, day_of(crowd, FLAT).occupied_min)


def test_dearer_lists_empty_the_kerb_when_drivers_care_and_change_nothing_when_not(town: Town) -> None:
    lists = np.concatenate([FLAT, 2.0 * FLAT, 3.0 * FLAT])
    caring = day_of(town, lists).occupied_min.sum(axis=(1, 2))
    assert caring[0] > caring[1] > caring[2]
    careless = day_of(replace(town, habits=Habits(response=0.0)), lists)
    assert np.array_equal(careless.occupied_min[0], careless.occupied_min[2])
    assert careless.fees[2].sum() == pytest.approx(3.0 * careless.fees[0].sum())


def test_neighbours_gain_when_one_zone_becomes_dear(town: Town) -> None:
    dear = FLAT.copy()
    dear[0, 5] = 20.0
    taken = day_of(town, np.concatenate([FLAT, dear])).occupied_min.sum(axis=2)
    near = town.candidates[5, 1:]
    assert taken[1, 5] < taken[0, 5]
    assert taken[1, near].sum() > taken[0, near].sum()


def test_drivers_with_old_prices_in_mind_answer_only_in_part(town: Town) -> None:
    dear = 3.0 * FLAT
    at_once, in_part = day_of(town, dear, before=dear), day_of(town, dear, before=FLAT)
    usual = day_of(town, FLAT)
    total = [day.occupied_min.sum() for day in (at_once, in_part, usual)]
    assert total[0] < total[1] < total[2]


def test_nobody_pays_for_the_time_before_the_first_band() -> None:
    town = make_town(ZONES, seed=3, habits=Habits(response=0.0, unpaying=0.0))
    drivers = draw(town, 1, seed=(8,))
    early = drivers.minute + drivers.stay_min <= QUIET_MIN
    assert early.any()
    assert (drivers.charged_h[early] == 0.0).all()
    assert (drivers.charged_h[drivers.minute >= QUIET_MIN] > 0.0).all()
