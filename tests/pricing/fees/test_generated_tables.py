"""The generated tables and stays are worth comparing: each option of each switch occurs, and each switch decides fees."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from pricing.rates.model import (
    Cap,
    ChargingRule,
    Discount,
    Eligibility,
    EntryLimit,
    FeeRounding,
    FreeAllowance,
    Period,
    RateLine,
    RateLineCollection,
    RateStep,
    RateTable,
    RateTier,
    ShortPart,
    ShortStay,
    Tax,
    TimeQuota,
    VehicleRate,
)
from tests.pricing.fees.generated_stays import Case, case
from tests.pricing.fees.second_by_second import Expected, RefusedError, expected

CASES = 2000
OF_A_SWITCH = 4000
"""Cases among which a switch must decide one; most need a few dozen."""
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
Change = Callable[[Any], object]


def instead(*pairs: tuple[str, str]) -> Change:
    others = dict(pairs)
    return lambda old: others.get(old, old)


def none(_old: object) -> None:
    return None


def empty(old: object) -> object:
    return type(old)()


def opposite(old: object) -> bool:
    return not old


def twice(old: int) -> int:
    return 2 * old


def more(old: int | None) -> int | None:
    return None if old is None else old + 13


CHANGES: tuple[tuple[type, str, Change], ...] = (
    (RateTable, "price_moment", instead(("as_you_go", "entry"))),
    (RateTable, "calendar", instead(("CN", "DE"), ("DE", "US"))),
    (RateTable, "timezone", instead(("Asia/Shanghai", "Asia/Urumqi"), ("Europe/Berlin", "UTC"))),
    (RateTable, "quotas", empty),
    (RateTable, "exemptions", empty),
    (RateTable, "charging", none),
    (RateTable, "discounts", empty),
    (RateTable, "tax", none),
    (Discount, "percent", more),
    (Tax, "bp", more),
    (Tax, "included", opposite),
    (FeeRounding, "to", more),
    (FeeRounding, "mode", instead(("half_up", "down"), ("down", "up"), ("up", "half_up"))),
    (Eligibility, "energies", empty),
    (Eligibility, "uses", empty),
    (VehicleRate, "percent", more),
    (RateLineCollection, "free", none),
    (RateLineCollection, "entry_fee", more),
    (RateLineCollection, "entry_tax_bp", none),
    (RateLineCollection, "caps", empty),
    (RateLineCollection, "short_stay", none),
    (RateLineCollection, "short_parts", empty),
    (ShortStay, "below_s", twice),
    (ShortPart, "below_s", twice),
    (FreeAllowance, "seconds", more),
    (FreeAllowance, "when_exceeded", instead(("deducted", "lost"), ("lost", "deducted"))),
    (FreeAllowance, "limit", none),
    (EntryLimit, "entries", more),
    (EntryLimit, "window", instead(("from_first_use", "rolling"), ("rolling", "from_first_use"))),
    (EntryLimit, "window_s", more),
    (EntryLimit, "place", instead(("here", "everywhere"), ("everywhere", "here"))),
    (Cap, "amount", more),
    (Cap, "scope", instead(("from_entry", "stay"), ("local_day", "stay"), ("stay", "local_day"))),
    (Cap, "window_s", more),
    (Cap, "rules", empty),
    (Cap, "times_vehicle", opposite),
    (TimeQuota, "seconds", more),
    (TimeQuota, "window", instead(("from_first_use", "rolling"), ("rolling", "from_first_use"))),
    (TimeQuota, "window", instead(("from_first_use", "local_day"), ("rolling", "local_day"))),
    (TimeQuota, "window_s", more),
    (TimeQuota, "energies", empty),
    (TimeQuota, "place", instead(("here", "everywhere"), ("everywhere", "here"))),
    (TimeQuota, "stacks_on_free", opposite),
    (TimeQuota, "short_stays_use_nothing", opposite),
    (ChargingRule, "while_charging", instead(("free", "charged"), ("charged", "free"))),
    (ChargingRule, "grace_s", more),
    (ChargingRule, "idle_percent", more),
    (ChargingRule, "idle_rules", empty),
    (ChargingRule, "idle_uses_quota", opposite),
    (ChargingRule, "idle_uses_free", opposite),
    (RateLine, "unit_price", more),
    (RateLine, "unit_s", more),
    (RateLine, "rounding", instead(("up", "down"))),
    (RateLine, "rounding", instead(("down", "nearest"))),
    (RateLine, "rounding", instead(("nearest", "exact"))),
    (RateLine, "rounding", instead(("exact", "up_at_end"))),
    (RateLine, "rounding", instead(("up_at_end", "up"))),
    (RateLine, "steps_from", instead(("segment", "stay"), ("stay", "segment"))),
    (RateLine, "beyond", instead(("refuse", "repeat"))),
    (RateLine, "per", instead(("segment", "stay"), ("stay", "segment"))),
    (RateLine, "cap", more),
    (RateLine, "cap_times_vehicle", opposite),
    (RateLine, "days", empty),
    (RateLine, "valid_from", none),
    (RateLine, "valid_to", none),
    (RateLine, "activity", none),
    (RateLine, "tax_bp", more),
    (RateStep, "unit_price", more),
    (RateStep, "units", more),
    (RateTier, "up_to_s", more),
    (RateTier, "price", more),
    (Period, "alignment", instead(("rolling", "calendar"), ("calendar", "rolling"))),
    (Period, "unit", instead(("hour", "day"))),
    (Period, "unit", instead(("day", "week"))),
)


def outcome(one: Case) -> Expected | str:
    try:
        return expected(one.table, one.stay, one.granted, one.entries, one.later)
    except RefusedError as refusal:
        return refusal.code


def changed(value: object, model: type, name: str, change: Change) -> object:
    """The value with one field of every `model` in it changed."""
    if isinstance(value, tuple):
        return tuple(changed(item, model, name, change) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    inner = {field.name: changed(getattr(value, field.name), model, name, change) for field in fields(value)}
    if type(value) is model:
        inner[name] = change(inner[name])
    return replace(value, **inner)


@pytest.mark.parametrize(("model", "name", "change"), CHANGES)
def test_switch_decides_the_outcome_of_some_stay(model: type, name: str, change: Change) -> None:
    for seed in range(OF_A_SWITCH):
        one = case(seed)
        table = changed(one.table, model, name, change)
        assert isinstance(table, RateTable)
        if table != one.table and outcome(replace(one, table=table)) != outcome(one):
            return
    pytest.fail(f"no stay has another fee when {model.__name__}.{name} changes")


def test_cases_reach_every_option_of_the_model_and_every_refusal() -> None:
    reached: set[str] = set()
    outcomes: dict[str, int] = {}
    for seed in range(CASES):
        one = case(seed)
        _reach(one.table, reached)
        right = outcome(one)
        of_kind = right if isinstance(right, str) else "charged" if right.amount else "nothing"
        outcomes[of_kind] = outcomes.get(of_kind, 0) + 1
    assert not {option for model in SWITCHES for option in _options(model)} - reached
    assert set(outcomes) == {"charged", "nothing", "rate_missing", "rate_ambiguous", "stay_too_long", "stay_invalid"}
    assert outcomes["charged"] > CASES * 0.45


def _reach(value: object, reached: set[str]) -> None:
    if isinstance(value, tuple):
        for item in value:
            _reach(item, reached)
    elif is_dataclass(value):
        for field in fields(value):
            inner = getattr(value, field.name)
            options = [_name(inner), *inner] if isinstance(inner, frozenset) else [_name(inner)]
            reached.update(f"{type(value).__name__}.{field.name}={option}" for option in options)
            _reach(inner, reached)


def _name(value: object) -> str:
    """An option of a switch: a word, a truth, or whether there is something at all."""
    if isinstance(value, str | bool):
        return str(value)
    if isinstance(value, tuple | frozenset):
        return "some" if value else "none"
    return "none" if value is None else "some"


def _options(model: type) -> set[str]:
    """All options of the model's switches, read from the types of its fields."""
    return {f"{model.__name__}.{name}={option}" for name, hint in get_type_hints(model).items() for option in _of(hint)}


def _of(hint: object) -> list[str]:
    if hint is bool:
        return ["True", "False"]
    origin = get_origin(hint)
    if origin is Literal:
        return [str(option) for option in get_args(hint)]
    if origin in {Union, UnionType}:
        return ["none", *(option for part in get_args(hint) if part is not NoneType for option in _of(part))]
    if origin is frozenset:
        return ["none", *_of(get_args(hint)[0])]
    return [] if hint is str else ["some"]
