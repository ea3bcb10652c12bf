"""The price of the moment: by local time, across midnight, and across a change of versions."""

from dataclasses import replace
from datetime import datetime, time

import pytest

from pricing.rates.board import Board, price_at
from pricing.rates.model import Posting, RateLine
from tests.pricing.kerb_city import LINZI, OPENING, ZIBO, at

OLD = Posting(zone_id="Z1", kind="kerb", start=OPENING, end=at("12:00"), table=LINZI, document="d")
NEW = Posting(zone_id="Z1", kind="kerb", start=at("12:00"), end=None, table=replace(LINZI, version=2), document="d")


@pytest.mark.parametrize(
    ("instant", "rule", "until"),
    [
        (at("07:00"), "day-I", at("12:00")),
        (at("06:59:59"), "night-I", at("07:00")),
        (at("00:00"), "night-I", at("07:00")),
    ],
)
def test_price_is_that_of_the_line_in_force(instant: datetime, rule: str, until: datetime) -> None:
    price = price_at(OLD, "I", instant)
    assert price is not None
    assert (price.line.rule_id, price.until) == (rule, until)


@pytest.mark.parametrize(("clock", "days", "until"), [("18:59:59", 0, at("19:00")), ("23:00", 0, at("07:00", 1))])
def test_price_ends_with_its_span_when_no_version_ends_before(clock: str, days: int, until: datetime) -> None:
    price = price_at(NEW, "I", at(clock, days))
    assert price is not None
    assert price.until == until


def test_no_price_is_said_when_the_table_has_none_for_the_vehicle() -> None:
    assert price_at(NEW, "I", at("13:00"), "large") is None
    assert price_at(NEW, "III", at("13:00")) is None


def test_board_switches_at_the_instant_when_a_version_follows() -> None:
    board = Board([NEW, OLD])
    assert [item.table.version for item in board.posted("Z1", at("11:59:59"))] == [1]
    assert [item.table.version for item in board.posted("Z1", at("12:00"))] == [2]
    assert [item.start for item in board.coming("Z1", at("11:00"))] == [at("12:00")]
    assert (board.posted("Z2", at("12:00")), board.coming("Z1", at("12:00"))) == ([], [])


WORKDAYS = RateLine(
    rule_id="workday", start=time(0), end=time(0), mode="per_unit", unit_price=200, unit_s=3600,
    days=frozenset({"workday"}),
)  # fmt: skip
RESTDAYS = replace(WORKDAYS, rule_id="rest", unit_price=300, days=frozenset({"restday", "sun"}))
HOLIDAYS = replace(WORKDAYS, rule_id="holiday", unit_price=500, days=frozenset({"holiday"}))
BY_DAYS = replace(
    NEW,
    start=OPENING,
    table=replace(
        LINZI, collections=(replace(LINZI.collections[0], lines=(HOLIDAYS, WORKDAYS, RESTDAYS), short_parts=()),)
    ),
)


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        ("2026-02-13", "workday"),
        ("2026-02-14", "workday"),  # a Saturday that is worked for the Spring Festival
        ("2026-02-16", "holiday"),
        ("2026-03-07", "rest"),
    ],
)
def test_price_is_that_of_the_kind_of_day_when_lines_tell_days_apart(day: str, rule: str) -> None:
    price = price_at(BY_DAYS, "I", datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZIBO))
    assert price is not None
    assert price.line.rule_id == rule


def test_price_of_the_night_is_that_of_the_day_on_which_it_began() -> None:
    night = replace(WORKDAYS, start=time(20), end=time(8), days=frozenset({"sun"}))
    table = replace(LINZI, collections=(replace(LINZI.collections[0], lines=(night,)),))
    posting = replace(BY_DAYS, table=table)
    monday = at("07:59:59")
    price = price_at(posting, "I", monday)
    assert price is not None
    assert price.until == at("08:00")
    assert price_at(posting, "I", at("20:00")) is None
