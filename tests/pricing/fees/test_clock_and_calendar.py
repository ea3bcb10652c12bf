"""Midnight, leap day, changes of the clock, and the days that the official calendar moves."""

from dataclasses import replace
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from pricing.fees.calculator import price
from pricing.fees.local_time import day_span, instant
from pricing.fees.model import FeeRefusedError
from pricing.fees.periods import period_bounds
from pricing.rates.model import Cap, Period
from tests.pricing.fees.tables import DAY, HOUR, LINZI, collection, fen, line, rows, stay, table

BERLIN = ZoneInfo("Europe/Berlin")
IN_BERLIN = {"timezone": "Europe/Berlin", "calendar": "DE", "currency": "EUR"}
NIGHT = table(
    collection(line("early", "00:00-02:30", unit_price=100), line("late", "02:30-24:00", unit_price=1)), **IN_BERLIN
)
"""Prices that change at a wall time that is skipped in spring and comes twice in autumn."""


@pytest.mark.parametrize(
    ("start", "end", "early", "late"),
    [
        ("2026-03-28T00:00", "2026-03-28T04:00", 3, 2),
        ("2026-03-29T00:00", "2026-03-29T04:00", 2, 1),
        ("2026-10-25T00:00", "2026-10-25T04:00", 3, 3),
    ],
)
def test_units_are_elapsed_hours_when_the_clocks_change(start: str, end: str, early: int, late: int) -> None:
    assert [(row[0], row[1]) for row in rows(price(NIGHT, stay(start, end, BERLIN)))] == [
        ("early", early),
        ("late", late),
    ]


def test_every_second_has_one_price_when_spans_begin_and_end_in_the_skipped_hour() -> None:
    spans = ("00:00-02:15", "02:15-02:30", "02:30-03:00", "03:00-24:00")
    rates = table(
        collection(*(line(span, span, unit_price=1, unit_s=60) for span in spans)),
        **IN_BERLIN,
    )
    assert fen(rates, stay("2026-03-29T00:00", "2026-03-30T00:00", BERLIN)) == 23 * 60
    assert fen(rates, stay("2026-10-25T00:00", "2026-10-26T00:00", BERLIN)) == 25 * 60


def test_skipped_wall_time_is_the_instant_of_the_jump() -> None:
    jump = instant(date(2026, 3, 29), time(3), BERLIN)
    assert instant(date(2026, 3, 29), time(2, 30), BERLIN) == jump
    assert instant(date(2026, 3, 29), time(2), BERLIN) == jump
    assert jump - instant(date(2026, 3, 29), time(1, 59, 59), BERLIN) == 1


def test_repeated_hour_is_one_when_hours_of_the_clock_are_charged() -> None:
    hourly = table(collection(line("h", unit_price=100, period=Period(unit="hour", alignment="calendar"))), **IN_BERLIN)
    assert fen(hourly, stay("2026-10-25T01:30", "2026-10-25T03:30", BERLIN)) == 300
    assert fen(hourly, stay("2026-10-24T01:30", "2026-10-24T03:30", BERLIN)) == 300
    assert fen(hourly, stay("2026-03-29T01:30", "2026-03-29T03:30", BERLIN)) == 200


def test_cap_of_a_day_holds_from_midnight_to_midnight_when_days_are_short_or_long() -> None:
    capped = table(
        collection(line("r", unit_price=100), caps=(Cap(cap_id="day", scope="local_day", amount=1000),)), **IN_BERLIN
    )
    assert fen(capped, stay("2026-03-28T22:00", "2026-03-29T23:00", BERLIN)) == 200 + 1000
    low, high = day_span(date(2026, 3, 29), BERLIN)
    assert high - low == DAY - HOUR


@pytest.mark.parametrize(
    ("start", "end", "total"),
    [
        ("2028-02-28T23:00", "2028-03-01T01:00", 26),
        ("2026-02-28T23:00", "2026-03-01T01:00", 2),
        ("2026-12-31T23:30", "2027-01-01T00:30", 1),
    ],
)
def test_leap_day_and_midnight_are_hours_like_all_others(start: str, end: str, total: int) -> None:
    assert fen(table(collection(line("r", unit_price=1))), stay(start, end)) == total


def test_rolling_month_is_cut_to_the_end_of_a_shorter_one() -> None:
    monthly = table(collection(line("m", unit_price=30_000, period=Period(unit="month", alignment="rolling"))))
    assert fen(monthly, stay("2026-01-31T12:00", "2026-02-28T12:00")) == 30_000
    assert fen(monthly, stay("2026-01-31T12:00", "2026-02-28T12:00:01")) == 60_000
    assert fen(monthly, stay("2026-01-31T12:00", "2026-03-31T12:00")) == 60_000
    assert fen(monthly, stay("2028-01-31T12:00", "2028-02-29T12:00")) == 30_000


@pytest.mark.parametrize(
    ("unit", "start", "end", "total"),
    [
        ("day", "2026-03-02T23:59", "2026-03-03T00:01", 2),
        ("week", "2026-03-01T23:59", "2026-03-02T00:01", 2),
        ("month", "2026-02-28T23:59", "2026-03-01T00:01", 2),
        ("year", "2026-12-31T23:59", "2027-01-01T00:01", 2),
        ("year", "2026-01-01T00:00", "2027-01-01T00:00", 1),
    ],
)
def test_period_of_the_calendar_is_charged_when_one_second_of_it_is_used(
    unit: str, start: str, end: str, total: int
) -> None:
    period = Period(unit=unit, alignment="calendar")  # type: ignore[arg-type]  # a word of the type
    assert fen(table(collection(line("p", unit_price=1, period=period))), stay(start, end)) == total


def test_rolling_periods_follow_one_another_from_the_first_second() -> None:
    first = int(stay("2026-03-02T08:30", "2026-03-02T09:00").start.timestamp())
    zone = ZoneInfo("Asia/Shanghai")
    assert period_bounds(Period(unit="hour", alignment="rolling"), first, first + 3599, zone) == (first, first + HOUR)
    assert period_bounds(Period(unit="week", alignment="rolling"), first, first, zone) == (first, first + 7 * DAY)
    year = period_bounds(Period(unit="year", alignment="rolling"), first, first + 400 * DAY, zone)
    assert year == (first + 365 * DAY, first + 731 * DAY)


WORKDAYS = table(
    collection(
        line("work", unit_price=300, days=frozenset({"workday"})),
        line("rest", unit_price=200, days=frozenset({"restday"})),
        line("holiday", unit_price=100, days=frozenset({"holiday"})),
    )
)


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        ("2026-02-13", "work"),
        ("2026-02-14", "work"),
        ("2026-02-15", "holiday"),
        ("2026-02-21", "holiday"),
        ("2026-02-24", "work"),
        ("2026-02-28", "work"),
        ("2026-03-01", "rest"),
        ("2026-03-02", "work"),
    ],
)
def test_day_is_what_the_official_calendar_says_when_saturdays_are_worked(day: str, rule: str) -> None:
    """Spring Festival 2026: holiday from 15 to 23 February, 14 and 28 February are working Saturdays."""
    assert [row[0] for row in rows(price(WORKDAYS, stay(f"{day}T09:00", f"{day}T10:00")))] == [rule]


def test_days_are_those_on_which_the_span_begins_when_it_crosses_midnight() -> None:
    rates = table(
        collection(
            line("day", "06:00-22:00", mode="free"),
            line("friday night", "22:00-06:00", mode="per_use", unit_price=900, days=frozenset({"fri"})),
            line(
                "night",
                "22:00-06:00",
                mode="per_use",
                unit_price=100,
                days=frozenset({"mon", "tue", "wed", "thu", "sat", "sun"}),
            ),
        )
    )
    assert fen(rates, stay("2026-03-07T01:00", "2026-03-07T02:00")) == 900
    assert fen(rates, stay("2026-03-08T01:00", "2026-03-08T02:00")) == 100


def test_validity_of_a_line_counts_by_the_day_on_which_its_span_begins() -> None:
    rates = table(
        collection(
            line("old", "19:00-19:00", unit_price=1, valid_to=date(2026, 3, 2)),
            line("new", "19:00-19:00", unit_price=2, valid_from=date(2026, 3, 3)),
        )
    )
    assert fen(rates, stay("2026-03-03T18:00", "2026-03-03T19:00")) == 1
    assert fen(rates, stay("2026-03-03T19:00", "2026-03-03T20:00")) == 2


@pytest.mark.parametrize(
    ("lines", "code", "at"),
    [
        (("07:00-19:00",), "rate_missing", "2026-03-02T11:00:00+00:00"),
        (("00:00-24:00", "20:00-21:00"), "rate_ambiguous", "2026-03-02T12:00:00+00:00"),
        (("07:00-19:30", "19:00-19:30", "20:00-21:00"), "rate_ambiguous", "2026-03-02T11:00:00+00:00"),
    ],
)
def test_refusal_names_the_second_when_not_one_line_holds(lines: tuple[str, ...], code: str, at: str) -> None:
    rates = table(collection(*(line(span, span, unit_price=1) for span in lines)))
    with pytest.raises(FeeRefusedError) as refusal:
        price(rates, stay("18:00", "22:00"))
    assert refusal.value.code == code
    assert refusal.value.fields == {"rate_table": "t", "version": 1, "collection": "all", "at": at}


def test_quota_of_a_local_day_begins_anew_at_midnight_when_the_day_has_25_hours() -> None:
    fee = price(
        replace(LINZI, timezone="Europe/Berlin"), stay("2026-10-24T23:00", "2026-10-26T01:00", BERLIN, energy="nev")
    )
    assert [row[1] for row in rows(fee) if row[0] == "nev"] == [3600, 7200, 82_800, 3600]
