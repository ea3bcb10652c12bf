"""The calculator against a reading of the definition second by second, on twenty thousand generated tables and stays."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from types import NoneType, UnionType
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from pricing.fees.calculator import price
from pricing.fees.model import Fee, FeeRefusedError, Usage
from pricing.fees.usage import allowance_key, quota_key
from pricing.rates.model import (
    Cap,
    ChargingRule,
    EntryLimit,
    FeeRounding,
    FreeAllowance,
    Period,
    RateLine,
    RateLineCollection,
    RateStep,
    RateTable,
    RateTier,
    Tax,
    TimeQuota,
)
from tests.pricing.fees.generated_stays import Case, as_instants, case
from tests.pricing.fees.second_by_second import Expected, RefusedError, expected
from tests.pricing.fees.second_by_second.free_time import Entries, Granted
from tests.pricing.fees.second_by_second.wall_time import instant_of

BLOCKS = 10
CASES_A_BLOCK = 2000
SWITCHES = (
    RateTable,
    RateLineCollection,
    RateLine,
    Period,
    RateStep,
    RateTier,
    FreeAllowance,
    EntryLimit,
    Cap,
    TimeQuota,
    ChargingRule,
    Tax,
    FeeRounding,
)


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


def test_generated_cases_reach_every_switch_of_the_model_and_every_refusal() -> None:
    reached: set[str] = set()
    outcomes: dict[str, int] = {}
    for seed in range(CASES_A_BLOCK):
        one = case(seed)
        _reach(one.table, reached)
        right = by_the_seconds(one)
        outcome = right if isinstance(right, str) else "charged" if right.amount else "nothing"
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    missing = {option for model in SWITCHES for option in _options(model)} - reached
    assert not missing
    assert set(outcomes) == {"charged", "nothing", "rate_missing", "rate_ambiguous", "stay_too_long", "stay_invalid"}
    assert outcomes["charged"] > CASES_A_BLOCK * 0.45


def _reach(value: object, reached: set[str]) -> None:
    if is_dataclass(value):
        for field in fields(value):
            inner = getattr(value, field.name)
            reached.add(f"{type(value).__name__}.{field.name}={_name(inner)}")
            if isinstance(inner, frozenset):
                reached.update(f"{type(value).__name__}.{field.name}={item}" for item in inner)
            _reach(inner, reached)
    elif isinstance(value, tuple):
        for item in value:
            _reach(item, reached)


def _name(value: object) -> str:
    """An option of a switch: a word, a truth, or whether there is something at all."""
    if isinstance(value, str | bool):
        return str(value)
    if isinstance(value, tuple | frozenset):
        return "some" if value else "none"
    return "none" if value is None else "some"


def _options(model: type) -> set[str]:
    """All options of the model's switches, read from the types of its fields."""
    return {
        f"{model.__name__}.{name}={option}"
        for name, hint in get_type_hints(model).items()
        for option in _options_of(hint)
    }


def _options_of(hint: object) -> list[str]:
    if hint is bool:
        return ["True", "False"]
    if get_origin(hint) is Literal:
        return [str(option) for option in get_args(hint)]
    if get_origin(hint) is UnionType:
        return ["none", *(option for part in get_args(hint) if part is not NoneType for option in _options_of(part))]
    if get_origin(hint) is frozenset:
        return ["none", *_options_of(get_args(hint)[0])]
    return [] if hint is str else ["some"]
