"""The calculator against a reading of the definition second by second, on twenty thousand generated tables and stays."""

from datetime import UTC, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from pricing.fees.calculator import price
from pricing.fees.model import Fee, FeeRefusedError, Stay, Usage
from pricing.fees.usage import allowance_key, quota_key
from pricing.rates.model import (
    Alignment,
    Eligibility,
    Period,
    PeriodUnit,
    RateLine,
    RateLineCollection,
    RateTable,
    VehicleRate,
)
from tests.pricing.fees.generated_stays import Case, as_instants, case
from tests.pricing.fees.generated_tables import LEGAL
from tests.pricing.fees.second_by_second import Expected, RefusedError, expected
from tests.pricing.fees.second_by_second.free_time import Entries, Granted
from tests.pricing.fees.second_by_second.wall_time import instant_of

BLOCKS = 10
CASES_A_BLOCK = 2000


LONG_DAYS = 8
"""Longer stays take a second of the processor, and only weeks and months need them."""
PERIODS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Asia/Shanghai", "2026-01-31T10:00", ("2026-01-31T11:00", "2026-02-01T00:00", "2026-02-02T00:00")),
    ("Asia/Shanghai", "2026-01-31T10:00", ("2026-02-01T10:00", "2026-02-07T10:00", "2026-02-28T10:00")),
    ("Asia/Shanghai", "2024-01-31T00:00", ("2024-02-29T00:00", "2024-03-31T00:00")),
    ("Asia/Shanghai", "2025-12-31T23:30", ("2026-01-01T00:00", "2026-01-01T00:30")),
    ("Europe/Berlin", "2026-01-29T02:30", ("2026-02-28T02:30", "2026-03-29T03:00", "2026-03-29T03:30")),
    ("Europe/Berlin", "2026-03-28T02:30", ("2026-03-29T02:30", "2026-03-29T03:00", "2026-03-29T03:30")),
    ("Europe/Berlin", "2026-09-25T02:30", ("2026-10-25T02:30", "2026-10-25T03:30")),
    ("America/New_York", "2026-10-31T23:30", ("2026-11-01T01:00", "2026-11-01T02:00", "2026-11-01T23:30")),
)
"""Time zone, beginning, and the ends around which periods are counted, all in local time."""


def usage_of(table: RateTable, granted: Granted, entries: Entries) -> Usage:
    """The reference's usage under the calculator's keys."""
    quotas = {quota.quota_id: quota for quota in table.quotas}
    collections = {collection.collection_id: collection for collection in table.collections}
    return Usage(
        granted={quota_key(quotas[name], place): as_instants(spans) for (name, place), spans in granted.items()},
        entries={
            allowance_key(collections[name], place): tuple(instant_of(second) for second in seconds)
            for (name, place), seconds in entries.items()
        },
    )


def comparable(usage: Usage) -> tuple[dict[str, list[list[datetime]]], dict[str, list[datetime]]]:
    """Without empty keys, with spans that touch or overlap joined."""
    joined: dict[str, list[list[datetime]]] = {}
    for key, spans in usage.granted.items():
        for start, end in sorted(spans):
            known = joined.setdefault(key, [])
            if known and start <= known[-1][1]:
                known[-1][1] = max(known[-1][1], end)
            else:
                known.append([start, end])
    return joined, {key: sorted(instants) for key, instants in usage.entries.items() if instants}


def calculated(one: Case) -> Fee | str:
    usage = usage_of(one.table, one.granted, one.entries)
    try:
        return price(one.table, one.stay, usage, later=one.later)
    except FeeRefusedError as refusal:
        return refusal.code


def by_the_seconds(one: Case) -> Expected | str:
    try:
        return expected(one.table, one.stay, one.granted, one.entries, one.later)
    except RefusedError as refusal:
        return refusal.code


def difference(one: Case) -> str | None:
    """What the two say, where they do not say the same."""
    fee, right = calculated(one), by_the_seconds(one)
    if isinstance(fee, str) or isinstance(right, str):
        return None if fee == right else f"refused: {fee} instead of {right}"
    tax = None if fee.tax is None else fee.tax.amount
    if (fee.amount.amount, tax) != (right.amount, right.tax):
        return f"{(fee.amount.amount, tax)} instead of {(right.amount, right.tax)}"
    if sum(line.amount for line in fee.lines) != fee.amount.amount:
        return "the lines do not add up"
    usage = comparable(usage_of(one.table, right.granted, right.entries))
    if comparable(fee.usage_after) != usage:
        return f"usage {comparable(fee.usage_after)} instead of {usage}"
    return None


@pytest.mark.parametrize("block", range(BLOCKS))
def test_fee_tax_usage_and_refusal_are_those_of_the_seconds_of_the_stay(block: int) -> None:
    for seed in range(block * CASES_A_BLOCK, (block + 1) * CASES_A_BLOCK):
        one = case(seed)
        found = difference(one)
        assert found is None, f"case({seed}): {found}\n{one}"


def test_nothing_changes_when_a_stay_is_priced_again_with_the_usage_after_it() -> None:
    for seed in range(CASES_A_BLOCK):
        one = case(seed)
        fee = calculated(one)
        if isinstance(fee, Fee):
            again = price(one.table, one.stay, fee.usage_after, later=one.later)
            assert (again.amount, again.tax) == (fee.amount, fee.tax), f"case({seed})"
            assert comparable(again.usage_after) == comparable(fee.usage_after), f"case({seed})"


@pytest.mark.parametrize("unit", get_args(PeriodUnit))
@pytest.mark.parametrize("alignment", get_args(Alignment))
def test_calendar_periods_are_counted_as_the_seconds_do(unit: PeriodUnit, alignment: Alignment) -> None:
    for zone, start, ends in PERIODS:
        for end in ends:
            if unit not in {"week", "month"} and _days_between(start, end) > LONG_DAYS:
                continue
            for seconds in (-1, 0, 1):
                one = by_period(zone, Period(unit=unit, alignment=alignment), start, end, seconds)
                found = difference(one)
                assert found is None, f"{zone}, {start} to {end} {seconds:+} s: {found}"


def _days_between(start: str, end: str) -> int:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).days


def by_period(zone: str, period: Period, start: str, end: str, seconds: int) -> Case:
    """A stay of exact length under a table with one line."""
    line = RateLine(rule_id="r1", start=time(), end=time(), mode="per_unit", unit_price=100, period=period)
    whole = Eligibility(
        area_classes=frozenset({"I"}), kinds=frozenset({"kerb"}), vehicles=(VehicleRate(vehicle_class="small"),)
    )
    table = RateTable(
        rate_table_id="t",
        version=1,
        title="t",
        title_en="t",
        currency="CNY",
        timezone=zone,
        calendar="CN",
        price_moment="entry",
        legal=LEGAL,
        collections=(RateLineCollection(collection_id="c", eligibility=whole, lines=(line,)),),
    )
    first, last = (datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for wall in (start, end))
    stay = Stay(start=first, end=last + timedelta(seconds=seconds), area_class="I", kind="kerb")
    return Case(seed=0, table=table, stay=stay, later=(), granted={}, entries={})
