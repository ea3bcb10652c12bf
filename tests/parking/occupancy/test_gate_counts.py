"""What passes a gate tells how many are inside, with the misses taken out: against hidden truth, and for any reports at all."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.occupancy.gate_counts import (
    DAY,
    HOUR,
    MISSED,
    GateCount,
    anchored,
    begin,
    counted,
    interval,
    is_quiet,
    is_useful,
    missed_share,
    passed,
    resized,
)
from tests.parking.occupancy.gate_days import BEGIN, CAPACITY, Outcome, reckon

RATES = ((0.01, 0.03), (0.03, 0.01), (0.02, 0.02))
"""Misses at the entry and at the exit."""


def _all(days: int, **how: Any) -> list[Outcome]:  # noqa: ANN401 - passed on
    return [reckon(seed, *rates, days=days, **how) for seed in (1, 2) for rates in RATES]


@pytest.mark.parametrize(
    ("by_plate", "every_h", "share_of_naive", "widest"),
    [(True, None, 0.25, 30), (False, 24.0, 0.15, 16), (True, 24.0, 0.15, 16)],
)
def test_reckoning_stays_near_the_truth_where_the_balance_walks_away(
    *, by_plate: bool, every_h: float | None, share_of_naive: float, widest: float
) -> None:
    outcomes = _all(10, by_plate=by_plate, counted_every_h=every_h)
    error = sum(one.error for one in outcomes) / len(outcomes)
    naive = sum(one.naive_error for one in outcomes) / len(outcomes)
    assert error < share_of_naive * naive
    coverage = sum(one.coverage for one in outcomes) / len(outcomes)
    assert 0.7 <= coverage <= 0.97
    assert max(sum(one.widths) / len(one.widths) for one in outcomes) < widest
    assert all(is_useful(one.count) for one in outcomes)


def test_misses_are_learnt_from_plates_and_from_counts() -> None:
    by_plate = reckon(1, 0.01, 0.03, days=10, by_plate=True, counted_every_h=None).count
    assert by_plate.missed_in == pytest.approx(0.01, abs=0.006)
    assert by_plate.missed_out == pytest.approx(0.031, abs=0.008)
    by_count = reckon(1, 0.0, 0.03, days=10, by_plate=False, counted_every_h=24.0).count
    assert by_count.missed_out - by_count.missed_in == pytest.approx(0.031, abs=0.008)


def test_nothing_is_claimed_where_nothing_but_passages_is_known() -> None:
    blind = reckon(1, 0.02, 0.02, days=2, by_plate=False, counted_every_h=None).count
    assert not is_useful(blind)
    known = counted(begin(200, BEGIN), 50, BEGIN)
    assert interval(known) == (49, 51)
    for turn in range(8000):
        known = passed(known, "entry" if turn % 2 else "exit", BEGIN + turn + 1)
    assert not is_useful(known)


def test_count_holds_every_passage_before_it() -> None:
    known = counted(begin(200, BEGIN), 50, BEGIN + HOUR)
    assert passed(known, "entry", BEGIN + HOUR) == known
    assert passed(known, "entry", BEGIN + HOUR + 1).occupied == pytest.approx(51 + MISSED, abs=0.02)


def test_balance_that_leaves_the_bounds_teaches_that_exits_are_missed() -> None:
    count = counted(begin(100, BEGIN), 98, BEGIN)
    for turn in range(600):
        count = passed(count, "entry" if turn % 2 else "exit", BEGIN + turn + 1)
        count = passed(count, "entry", BEGIN + turn + 1) if turn % 20 == 0 else count
        assert 0 <= count.occupied <= 100
    assert count.missed_out > count.missed_in


def test_emptiest_moment_of_the_night_corrects_once_it_is_usual() -> None:
    count = counted(begin(100, BEGIN), 10, BEGIN)
    for day in range(6):
        start = BEGIN + day * DAY
        # Every exit in twenty is missed, and counts stop after the fourth night.
        for car in range(60):
            count = passed(count, "entry", start + 9 * HOUR + car)
        for car in range(57):
            count = passed(count, "exit", start + 18 * HOUR + car)
        if day < 4:
            count = counted(count, 10, start + 22 * HOUR)
    assert count.nights >= 4
    uncorrected = count.occupied
    count = passed(count, "entry", BEGIN + 6 * DAY + HOUR)
    assert abs(count.occupied - 11) <= abs(uncorrected + 1 - 11)


def test_gate_is_quiet_when_passages_should_have_come() -> None:
    count = counted(begin(100, BEGIN), 10, BEGIN)
    assert not is_quiet(count, BEGIN + HOUR // 3)
    assert is_quiet(count, BEGIN + HOUR)
    for day in range(3):
        for minute in range(0, 600, 5):
            count = passed(count, "entry" if minute % 2 else "exit", BEGIN + day * DAY + 8 * HOUR + minute * HOUR // 60)
    night, morning = BEGIN + 3 * DAY, BEGIN + 3 * DAY + 9 * HOUR
    assert not is_quiet(count, night)
    assert is_quiet(count, morning)


operations = st.lists(
    st.one_of(
        st.tuples(st.just("entry"), st.integers(0, 5 * DAY)),
        st.tuples(st.just("exit"), st.integers(0, 5 * DAY)),
        st.tuples(st.just("counted"), st.integers(0, 60)),
        st.tuples(st.just("anchored"), st.floats(0, 60), st.floats(0.5, 20), st.floats(0, 20)),
        st.tuples(st.just("missed"), st.integers(0, 20), st.integers(0, 100)),
        st.tuples(st.just("resized"), st.integers(1, 60)),
    ),
    max_size=40,
)


@settings(max_examples=100, deadline=None)
@given(capacity=st.integers(1, 60), steps=operations)
def test_number_inside_lies_within_the_capacity_whatever_is_reported(capacity: int, steps: list[Any]) -> None:
    count = begin(capacity, BEGIN)
    for what, *values in steps:
        count = _apply(count, what, values)
        low, high = interval(count)
        assert 0 <= low <= high <= count.capacity
        assert 0 <= count.occupied <= count.capacity
        nn, _, _, aa, _, bb = count.spread
        assert min(nn, aa, bb) > 0
        assert 0 <= count.missed_in <= 0.5
        assert 0 <= count.missed_out <= 0.5


def _apply(count: GateCount, what: str, values: list[Any]) -> GateCount:
    if what in {"entry", "exit"}:
        return passed(count, "entry" if what == "entry" else "exit", BEGIN + values[0])
    if what == "counted":
        return counted(count, values[0], count.at + 1)
    if what == "anchored":
        return anchored(count, values[0], values[1], lasting=values[2])
    if what == "missed":
        return missed_share(missed_share(count, "entry", *values), "exit", *values)
    return resized(count, values[0])


def test_days_of_the_simulation_fit_the_facility() -> None:
    """The truth itself stays within the capacity, so that the clamped balance is no straw man."""
    outcome = reckon(1, 0.0, 0.0, days=5, by_plate=False, counted_every_h=None)
    assert outcome.naive_error == 0
    assert outcome.count.capacity == CAPACITY
