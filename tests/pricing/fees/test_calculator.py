"""Fees of Linzi's kerb tariff: worked totals, scenario A of the street, and an independent second-by-second oracle."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pricing.rates
from parking.domain.time_span import TimeSpan
from pricing.fees.calculator import price
from pricing.fees.model import FeeRefusedError, Stay, Uncharged, Usage
from pricing.rates.model import EnergyQuota, FreeAllowance, RateTable
from pricing.rates.policy_file import read_policy
from tests.pricing.fees.reference import amount_by_seconds

LINZI = read_policy(Path(pricing.rates.__file__).parent / "policies" / "linzi.toml")
LOST = replace(LINZI, free=FreeAllowance(seconds=1800, when_exceeded="lost"))
STACKED = replace(LINZI, energy_quota=EnergyQuota(seconds_a_day=7200, stacks_on_free=True))
ZIBO = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 2)


def at(clock: str, day: date = DAY) -> datetime:
    return datetime.combine(day, datetime.strptime(clock, "%H:%M").time(), tzinfo=ZIBO)  # noqa: DTZ007 - zone is given


def stay(start: str, end: str, *, nights: int = 0, **facts: Any) -> Stay:  # noqa: ANN401 - any field of a stay
    whole = Stay(start=at(start), end=at(end, DAY + timedelta(days=nights)), area_class="I", kind="kerb")
    return replace(whole, **facts)


@pytest.mark.parametrize(
    ("table", "parked", "fen"),
    [
        (LINZI, stay("08:00", "08:30"), 0),
        (LINZI, stay("08:00", "08:31"), 150),
        (LOST, stay("08:00", "08:31"), 300),
        (LINZI, stay("08:00", "10:00"), 450),
        (LOST, stay("08:00", "10:00"), 600),
        (LINZI, stay("20:00", "06:00", nights=1), 400),
        (LINZI, stay("08:00", "10:00", area_class="II"), 300),
        (LOST, stay("08:00", "10:00", area_class="II"), 400),
    ],
)
def test_total_is_the_published_one_when_linzi_charges(table: RateTable, parked: Stay, fen: int) -> None:
    """Sums worked by hand from the text of the tariff, for both readings of its silence."""
    assert price(table, parked).amount.amount == fen


def test_quota_is_spent_over_the_day_when_a_new_energy_car_parks_three_times() -> None:
    """Scenario A: 25 min spare the quota, 90 min use it, the third stay has 30 min left."""
    first = price(LINZI, stay("08:00", "08:25", energy="nev"))
    assert (first.amount.amount, first.usage_after.quota_s) == (0, {})
    second = price(LINZI, stay("09:00", "10:30", energy="nev"), first.usage_after)
    assert (second.amount.amount, second.usage_after.quota_s) == (0, {DAY: 5400})
    assert price(LINZI, stay("14:00", "15:00", energy="nev"), second.usage_after).amount.amount == 150
    assert price(STACKED, stay("14:00", "15:00", energy="nev"), second.usage_after).amount.amount == 0


def test_lines_tell_the_whole_stay_when_part_of_it_does_not_accrue() -> None:
    cleaning = Uncharged(span=TimeSpan(at("11:00"), at("11:20")), why="清扫 / cleaning")
    fee = price(LINZI, stay("10:00", "12:00", uncharged=(cleaning,)))
    assert [(line.rule, line.quantity, line.amount) for line in fee.lines] == [
        ("free_allowance", 1800, 0),
        ("day-I", 3, 450),
        ("not_accruing", 1200, 0),
    ]
    assert fee.lines[-1].why == "清扫 / cleaning"


def test_begun_seconds_are_not_counted_when_the_ends_lie_between_seconds() -> None:
    short = stay("08:00", "08:30")
    longer = replace(short, end=short.end + timedelta(microseconds=999_999))
    assert price(LINZI, longer).amount.amount == 0


@pytest.mark.parametrize("facts", [{"area_class": "III"}, {"kind": "garage"}, {"vehicle_class": "large"}])
def test_refusal_is_named_when_the_table_has_no_price(facts: dict[str, Any]) -> None:
    with pytest.raises(FeeRefusedError) as refusal:
        price(LINZI, stay("08:00", "10:00", **facts))
    assert refusal.value.code == "rate_missing"


def test_refusal_is_named_when_part_of_the_day_has_no_price() -> None:
    day_only = replace(LINZI, lines=tuple(line for line in LINZI.lines if line.mode == "per_unit"))
    with pytest.raises(FeeRefusedError) as refusal:
        price(day_only, stay("18:00", "20:00"))
    assert refusal.value.code == "rate_missing"


def test_refusal_is_named_when_the_stay_ends_before_it_starts() -> None:
    with pytest.raises(FeeRefusedError) as refusal:
        price(LINZI, stay("10:00", "09:00"))
    assert refusal.value.code == "stay_invalid"


@st.composite
def stays(draw: st.DrawFn) -> Stay:
    start = datetime(2026, 2, 28, 12, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 86_400)))
    length = draw(st.integers(0, 100_000) | st.sampled_from([1799, 1800, 1801, 3600, 7200, 7201, 43_200, 86_400]))
    end = start + timedelta(seconds=length)
    gap = draw(st.none() | st.tuples(st.integers(-600, 50_000), st.integers(1, 20_000)))
    uncharged: tuple[Uncharged, ...] = ()
    if gap is not None:
        low = start + timedelta(seconds=gap[0])
        uncharged = (Uncharged(span=TimeSpan(low, low + timedelta(seconds=gap[1])), why="x"),)
    return Stay(
        start=start,
        end=end,
        area_class=draw(st.sampled_from(["I", "II"])),
        kind="kerb",
        energy=draw(st.sampled_from(["fuel", "nev"])),
        uncharged=uncharged,
    )


@settings(max_examples=60, deadline=None)
@given(
    parked=stays(),
    used=st.integers(0, 7200),
    free=st.sampled_from([None, 900, 1800]),
    lost=st.booleans(),
    stacks=st.booleans(),
)
def test_fee_equals_the_count_of_seconds_when_tables_and_stays_are_random(
    parked: Stay,
    used: int,
    free: int | None,
    lost: bool,  # noqa: FBT001 - drawn by Hypothesis
    stacks: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    table = replace(
        LINZI,
        free=None if free is None else FreeAllowance(seconds=free, when_exceeded="lost" if lost else "deducted"),
        energy_quota=EnergyQuota(seconds_a_day=7200, stacks_on_free=stacks),
    )
    usage = Usage(quota_s={date(2026, 3, 1): used})
    fee = price(table, parked, usage)
    assert fee.amount.amount == amount_by_seconds(table, parked, usage)
    assert fee.amount.amount == sum(line.amount for line in fee.lines)
