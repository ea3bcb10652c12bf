"""The hidden truth is repeatable, independent of step size, and as full as the tables say."""

import math

import pytest

from devices.simulation.demand import local_hour, next_hour, share_in_use
from devices.simulation.drivers import Drivers, Move
from parking.places.model import AreaClass
from tests.devices.simulation.streets import START, street


def run(drivers: Drivers, until: float) -> list[Move]:
    moves = []
    while drivers.next_at <= until:
        if (move := drivers.pop()) is not None:
            moves.append(move)
    return moves


def test_moves_alternate_and_come_in_order_of_time() -> None:
    drivers = Drivers(street(50), seed=3, start=START, speed=20)
    state = list(drivers.occupied)
    moves = run(drivers, START + 7200)
    assert len(moves) > 100
    assert [move.at for move in moves] == sorted(move.at for move in moves)
    for move in moves:
        assert state[move.site] != move.occupied
        state[move.site] = move.occupied
    assert state == drivers.occupied


def test_steps_of_any_size_give_the_same_city() -> None:
    whole, stepped = (Drivers(street(40), seed=5, start=START, speed=30) for _ in range(2))
    at_once = run(whole, START + 3600)
    in_steps = [move for second in range(0, 3601, 7) for move in run(stepped, START + second)]
    in_steps += run(stepped, START + 3600)
    assert in_steps == at_once


def test_stays_have_a_least_length_when_time_is_lapsed() -> None:
    moves = run(Drivers(street(50), seed=3, start=START, speed=200, shortest_s=151.0), START + 3600)
    stays = [move.leaves_at - move.at for move in moves if move.leaves_at is not None]
    assert len(stays) > 100
    assert min(stays) >= 150.999


@pytest.mark.parametrize("area_class", ["I", "II", "III"])
def test_share_in_use_is_that_of_the_table_when_averaged(area_class: AreaClass) -> None:
    sites = [site for number in range(40) for site in street(25, area_class, f"z{number}")]
    drivers = Drivers(sites, seed=11, start=START, speed=40)
    shares = []
    for second in range(0, 1800, 60):
        run(drivers, START + second)
        shares.append(sum(drivers.occupied) / len(sites))
    expected = share_in_use(area_class, "ordinary", START, 0.0)
    assert math.isclose(sum(shares) / len(shares), expected, abs_tol=0.03)


def test_streets_fill_when_the_day_begins() -> None:
    night = 1_783_972_800.0  # 04:00 in the city
    assert local_hour(night) == 4
    drivers = Drivers(street(2000, "II"), seed=2, start=night, speed=4)
    before = sum(drivers.occupied)
    run(drivers, night + 6 * 3600)
    assert sum(drivers.occupied) > before + 100


def test_next_hour_lies_ahead_when_asked_on_the_hour() -> None:
    assert next_hour(7200.0) == 10800.0


def test_no_sites_means_no_events() -> None:
    assert Drivers([], seed=1, start=START).next_at == math.inf
