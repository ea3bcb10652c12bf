"""What is true of every fee, on generated tables and stays."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.fees.calculator import price
from pricing.fees.model import Fee, FeeRefusedError
from tests.pricing.fees.generated_stays import Case, case
from tests.pricing.fees.tables import LINZI, fen, stay

SEEDS = st.integers(1_000_000, 2_000_000)
"""Others than those of the comparison with the reference."""


def fee_of(one: Case) -> Fee | None:
    try:
        return price(one.table, one.stay, later=one.later)
    except FeeRefusedError:
        return None


@settings(max_examples=150, deadline=None)
@given(seed=SEEDS)
def test_lines_add_up_in_order_of_time_and_say_why_in_two_languages(seed: int) -> None:
    fee = fee_of(case(seed))
    if fee is None:
        return
    assert fee.amount.amount >= 0
    assert sum(item.amount for item in fee.lines) == fee.amount.amount
    own = [item for item in fee.lines if item.rule not in {"discount", "tax", "rounding"}]
    assert [item.start for item in own] == sorted(item.start for item in own)
    assert all(item.start < item.end for item in own)
    assert all(" / " in item.why for item in own if item.rule != "not_accruing")


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_fee_is_the_same_when_it_is_computed_again(seed: int) -> None:
    one = case(seed)
    assert fee_of(one) == fee_of(replace(one, table=replace(one.table)))


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_fee_is_nothing_when_the_stay_is_empty(seed: int) -> None:
    one = case(seed)
    empty = replace(one.stay, end=one.stay.start, moves=())
    fee = price(one.table, empty)
    assert (fee.amount.amount, fee.lines) == (0, ())
    assert fee.usage_after.granted == {}


@settings(max_examples=100, deadline=None)
@given(start=st.integers(0, 86_400), length=st.integers(0, 200_000), more=st.integers(0, 20_000))
def test_longer_stay_does_not_cost_less_when_no_rule_says_so(start: int, length: int, more: int) -> None:
    parked = stay("00:00", "00:00")
    begin = parked.start + timedelta(seconds=start)
    short = replace(parked, start=begin, end=begin + timedelta(seconds=length))
    assert fen(LINZI, short) <= fen(LINZI, replace(short, end=short.end + timedelta(seconds=more)))
