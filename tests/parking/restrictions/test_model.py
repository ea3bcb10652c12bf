"""Restrictions over one space become one, at every instant the strictest, whoever releases what."""

from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from parking.events.restriction import Severity
from parking.restrictions.model import STRICTNESS, Interval, Restriction, closures_of, free_of_charge
from tests.parking.restrictions.small_street import minute

SEVERITIES: list[Severity] = ["advisory", "no_new_entry", "clear_out", "tow"]


def restriction(
    name: str, start: float, end: float, severity: Severity = "clear_out", *, stops: bool = True
) -> Restriction:
    return Restriction(
        restriction_id=name,
        requester="operator",
        space_ids=("s1",),
        start=minute(start),
        end=minute(end),
        severity=severity,
        reason=f"because of {name}",
        authority="市城管局",
        stops_charging=stops,
    )


restrictions = st.lists(
    st.builds(
        lambda name, start, length, severity, stops, released: replace(
            restriction(name, start, start + length, severity, stops=stops),
            released_at=None if released is None else minute(released),
            release_cause=None if released is None else "withdrawn",
        ),
        st.sampled_from("abcdefgh"),
        st.integers(0, 40),
        st.integers(1, 30),
        st.sampled_from(SEVERITIES),
        st.booleans(),
        st.one_of(st.none(), st.integers(0, 70)),
    ),
    max_size=6,
    unique_by=lambda item: item.restriction_id,
)
instants = [minute(number + 0.5) for number in range(75)]


@settings(max_examples=300, deadline=None)
@given(restrictions)
def test_space_is_closed_exactly_when_one_that_stands_closes_it_and_for_the_strictest(items: list[Restriction]) -> None:
    found = closures_of("s1", items)
    for at in instants:
        over = [i for i in items if i.severity != "advisory" and i.released_at is None and i.start <= at < i.end]
        now = [closure for closure in found if closure.start <= at < closure.end]
        assert len(now) == (1 if over else 0)
        if over:
            strictest = max(STRICTNESS[item.severity] for item in over)
            assert now[0].reason in {item.reason for item in over if STRICTNESS[item.severity] == strictest}


@settings(max_examples=300, deadline=None)
@given(restrictions, st.integers(0, 40), st.integers(1, 40))
def test_nothing_is_charged_exactly_while_one_stopped_charging(
    items: list[Restriction], start: int, length: int
) -> None:
    found = free_of_charge(items, minute(start), minute(start + length))
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(one.reason != other.reason for one, other in pairwise(found) if one.end == other.start)
    for at in instants:
        stopped = any(_stops(item, at) for item in items) and minute(start) <= at < minute(start + length)
        assert stopped == any(interval.start <= at < interval.end for interval in found)


@settings(max_examples=100, deadline=None)
@given(restrictions, st.randoms())
def test_order_of_arrival_does_not_matter(items: list[Restriction], chance: object) -> None:
    shuffled = list(items)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis's own Random
    assert closures_of("s1", shuffled) == closures_of("s1", items)


def test_neighbours_of_one_reason_are_one_closure() -> None:
    items = [replace(restriction("a", 0, 10), reason="works"), replace(restriction("b", 10, 20), reason="works")]
    (closure,) = closures_of("s1", items)
    assert (closure.start, closure.end) == (minute(0), minute(20))


def test_charging_stops_until_the_release_when_one_is_released_early() -> None:
    early = replace(restriction("a", 10, 60), released_at=minute(25), release_cause="withdrawn")
    assert free_of_charge([early], minute(0), minute(90)) == [Interval(minute(10), minute(25), "because of a")]
    never = replace(early, released_at=minute(5))
    assert free_of_charge([never], minute(0), minute(90)) == []


def _stops(item: Restriction, at: datetime) -> bool:
    end = item.end if item.released_at is None else min(item.end, item.released_at)
    return item.severity != "advisory" and item.stops_charging and item.start <= at < end
