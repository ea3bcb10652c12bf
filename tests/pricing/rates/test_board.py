"""The price of the moment: by local time, across midnight, and across a change of versions."""

from dataclasses import replace
from datetime import datetime

import pytest

from pricing.rates.board import Board, price_at
from pricing.rates.model import Posting
from tests.pricing.kerb_city import LINZI, OPENING, at

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
