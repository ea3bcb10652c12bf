"""How many drivers come is a matter of the price, the kind of place and the hour."""

import pytest

from devices.simulation.drivers import Drivers
from devices.simulation.fleet import Site
from devices.simulation.turnout import (
    FEWEST,
    MOST,
    DayPrices,
    Price,
    Turnout,
    price_of,
    share_with,
    turnout_at,
    turnout_by_hour,
)

START = 1_790_000_000.0
"""13:33 in the city."""
SITES = [Site(space_id=f"S{number}", zone_id="Z", area_class="II", use="ordinary") for number in range(400)]
USUAL = Price("hour", 200)


def test_hours_are_their_own_when_a_price_of_some_changed() -> None:
    day, night = Price("hour", 200), Price("per_use", 400)
    first: DayPrices = {
        ("Z", "kerb"): [night] * 7 + [day] * 12 + [night] * 5,
        ("Z", "lot"): [day] * 24,
        ("Y", "lot"): [day] * 24,
    }
    then: DayPrices = {("Z", "kerb"): [night] * 7 + [Price("hour", 250)] * 12 + [night] * 5, ("Z", "lot"): [day] * 24}
    assert turnout_by_hour(first, then) == {("Z", "kerb"): (1.0,) * 7 + (0.8,) * 12 + (1.0,) * 5}


@pytest.mark.parametrize(
    ("first", "now", "turnout"),
    [
        (USUAL, USUAL, 1.0),
        (USUAL, price_of("per_unit", 50, 900), 1.0),
        (USUAL, Price("hour", 400), 0.5),
        (USUAL, Price("hour", 0), MOST),
        (USUAL, Price("hour", 1), MOST),
        (Price("hour", 0), USUAL, FEWEST),
        (Price("hour", 0), Price("hour", 0), 1.0),
        (USUAL, Price("per_use", 400), 1.0),
        (USUAL, None, 1.0),
        (None, USUAL, 1.0),
    ],
)
def test_prices_are_held_against_each_other_only_where_they_can_be(
    first: Price | None, now: Price | None, turnout: float
) -> None:
    assert turnout_at(first, now) == turnout


def test_share_stays_a_share_however_many_come() -> None:
    assert share_with(0.5, 1.0) == 0.5
    assert share_with(0.5, 3.0) == pytest.approx(0.75)
    assert 0.0 < share_with(0.02, 0.01) < share_with(0.98, 100.0) < 1.0


def test_the_living_city_begins_with_the_prices_that_hold() -> None:
    turnouts: tuple[Turnout, ...] = ({}, {("Z", "kerb"): 0.5}, {("Z", "lot"): 0.5})
    usual, dear, elsewhere = (
        sum(Drivers(SITES, seed=3, start=START, turnout=turnout).occupied) for turnout in turnouts
    )
    assert dear < usual
    assert elsewhere == usual


def test_the_living_city_empties_from_the_moment_on_at_which_it_is_dearer_and_fills_when_it_is_not() -> None:
    usual, told = (Drivers(SITES, seed=3, start=START, speed=60) for _ in range(2))
    before = _lived(usual, START + 600)
    assert _lived(told, START + 600) == before
    told.mind({("Z", "kerb"): 0.25}, START + 600)
    assert _lived(told, START + 600) == before, "who stands there stays"
    assert _lived(told, START + 1500) < 0.75 * _lived(usual, START + 1500)
    told.mind({}, START + 1500)
    assert _lived(told, START + 2400) == pytest.approx(_lived(usual, START + 2400), rel=0.15)


def _lived(drivers: Drivers, until: float) -> int:
    """How many spaces are in use then."""
    while drivers.next_at <= until:
        drivers.pop()
    return sum(drivers.occupied)
