"""Fast time lives by the same law as the drivers of the living city."""

import numpy as np
import pytest

from devices.simulation.demand import HOUR_S
from devices.simulation.drivers import Drivers, Move
from devices.simulation.fleet import Site
from devices.simulation.past import FastDrivers, Stays, by_hour
from devices.simulation.turnout import DayTurnout

START = 1_790_000_000 // HOUR_S * HOUR_S
HOURS = 24 * 14
SITES = [Site(space_id=f"S{number}", zone_id="Z", area_class="I", use="ordinary") for number in range(40)]
ALL = np.arange(len(SITES))


def test_city_is_as_full_as_the_living_one_at_every_hour_of_the_day() -> None:
    fast = by_hour(lived(5, HOURS), ALL, start=START, hours=HOURS)
    drivers, living = Drivers(SITES, seed=5, start=START), np.zeros(HOURS)
    arrivals = 0
    at, end = float(START), START + HOURS * HOUR_S
    while (move := _next(drivers, end)) is not None:
        # Every hour's share of the time since the last move, with the spaces in use until now.
        count = sum(drivers.occupied) - (1 if move.occupied else -1)
        for hour in range(int((at - START) // HOUR_S), int((move.at - START) // HOUR_S) + 1):
            begin = START + hour * HOUR_S
            living[hour] += count * max(0.0, min(move.at, begin + HOUR_S) - max(at, begin))
        at, arrivals = move.at, arrivals + move.occupied
    day_fast = fast.occupied_s.reshape(-1, 24).mean(axis=0) / (HOUR_S * len(SITES))
    day_living = living.reshape(-1, 24).mean(axis=0) / (HOUR_S * len(SITES))
    assert np.abs(day_fast - day_living).max() < 0.06
    assert abs(fast.arrivals.sum() / arrivals - 1) < 0.05


def test_hours_add_up_exactly_when_stays_cross_them_and_the_edges() -> None:
    stays = Stays(
        site=np.array([0, 1, 0, 2]),
        begin=np.array([START - 100.0, START + 1800.0, START + 3000.0, START + 10.0]),
        end=np.array([START + 600.0, START + 5400.0, START + 9000.0, START + 20.0]),
    )
    hours = by_hour(stays, np.array([0, 1]), start=START, hours=2)
    assert hours.occupied_s.tolist() == [600 + 1800 + 600, 1800 + 3600]
    assert hours.full_s.tolist() == [600, 1800]
    assert hours.arrivals.tolist() == [2, 0]
    assert (hours.on_the_hour.tolist(), hours.half_past.tolist()) == ([1, 2], [1, 1])


def test_past_is_the_same_when_the_seed_is() -> None:
    first, again = (lived(9, 48) for _ in range(2))
    assert np.array_equal(first.begin, again.begin)
    assert not np.array_equal(first.begin, lived(10, 48).begin)


def test_fewer_come_and_stay_as_long_from_the_hour_on_at_which_it_is_dearer() -> None:
    dear: DayTurnout = {("Z", "kerb"): (0.5,) * 24}
    drivers = FastDrivers(SITES, seed=5, start=START)
    drivers.live(START + HOURS * HOUR_S)
    drivers.live(START + 2 * HOURS * HOUR_S, dear)
    both = drivers.stays(START)
    hours = by_hour(both, ALL, start=START, hours=2 * HOURS)
    before, after = hours.occupied_s.reshape(2, -1).sum(axis=1) / (HOUR_S * len(SITES) * HOURS)
    # Half the odds of a space to be in use, at a mean share of nine tenths and more.
    usual = lived(5, 2 * HOURS)
    assert after / (1 - after) == pytest.approx(before / (1 - before) / 2, rel=0.15)
    assert np.array_equal(
        np.sort(usual.begin[usual.begin < START + HOUR_S]), np.sort(both.begin[both.begin < START + HOUR_S])
    )
    whole = both.end - both.begin
    late = both.begin >= START + HOURS * HOUR_S
    assert np.median(whole[late]) == pytest.approx(np.median(whole[~late & (both.begin > START)]), rel=0.1)


def lived(seed: int, hours: int) -> Stays:
    drivers = FastDrivers(SITES, seed=seed, start=START)
    drivers.live(START + hours * HOUR_S)
    return drivers.stays(START)


def _next(drivers: Drivers, end: float) -> Move | None:
    while drivers.next_at <= end:
        move = drivers.pop()
        if move is not None:
            return move
    return None
