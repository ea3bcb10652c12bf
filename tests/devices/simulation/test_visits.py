"""Who pays how is decided by chance that repeats; the crew comes in the mornings of the city."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from devices.simulation.fleet import UNWATCHED, Site
from devices.simulation.rounds import next_morning
from devices.simulation.visits import SHARES, UNSEEN_PAYING_PERCENT, earlier_visit, visit_of
from parking.domain.plates import is_new_energy, normalise

SITE = Site(space_id="S1", zone_id="Z", area_class="I", use="ordinary")
MANY = 4000


def test_ways_of_paying_come_in_their_shares_with_plates_that_are_ones() -> None:
    visits = [visit_of(SITE, seed=1, arrived_at=float(at), leaves_at=at + 1.0) for at in range(MANY)]
    ways = Counter(visit.way for visit in visits)
    for way, percent in SHARES:
        assert abs(ways[way] / MANY - percent / 100) < 0.03
    assert all(normalise(visit.plate) == visit.plate for visit in visits)
    assert 0.3 < sum(is_new_energy(visit.plate) for visit in visits) / MANY < 0.4
    assert visits[0] == visit_of(SITE, seed=1, arrived_at=0.0, leaves_at=1.0)


def test_drivers_whom_no_sensor_sees_declare_short_stays_too_or_none_at_all() -> None:
    unseen = replace(SITE, zone_id=next(iter(UNWATCHED)))
    visits = [visit_of(unseen, seed=1, arrived_at=float(at), leaves_at=at + 60.0) for at in range(MANY)]
    assert {(visit.way, visit.acts) for visit in visits} == {("terminal", True), ("none", False)}
    assert abs(sum(visit.acts for visit in visits) / MANY - UNSEEN_PAYING_PERCENT / 100) < 0.03
    assert not visit_of(SITE, seed=1, arrived_at=0.0, leaves_at=60.0).acts
    found = [
        earlier_visit(replace(unseen, space_id=f"S{number}"), seed=1, now=9e9, leaves_at=9e9 + 600)
        for number in range(MANY)
    ]
    assert abs(sum(visit is not None for visit in found) / MANY - UNSEEN_PAYING_PERCENT / 100) < 0.03
    assert all(visit is None or visit.acts for visit in found)


def test_crew_comes_at_six_in_the_city_when_asked_before_and_after() -> None:
    assert next_morning(datetime(2026, 3, 1, 21, 59, tzinfo=UTC)) == datetime(2026, 3, 1, 22, tzinfo=UTC)
    assert next_morning(datetime(2026, 3, 1, 22, 0, tzinfo=UTC)) == datetime(2026, 3, 2, 22, tzinfo=UTC)
