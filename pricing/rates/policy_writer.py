"""Writes a rate table as the policy file that reads back as the same table, with every switch said."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, time
from typing import Final

from pricing.rates.model import (
    Cap,
    ChargingRule,
    Eligibility,
    EntryLimit,
    FeeRounding,
    FreeAllowance,
    LegalBasis,
    RateLine,
    RateLineCollection,
    RateTable,
    TimeQuota,
)

_WHOLE_PRICE: Final = 100
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_UNITS: Final = (("h", 3600), ("min", 60), ("s", 1))

Pair = tuple[str, str | None]
"""A key and its written value; None leaves it out."""


def write_policy(table: RateTable) -> str:
    """A TOML document; comments and layout of the file it was read from are not kept."""
    blocks = [_block(None, _head(table)), _block("[legal]", _legal(table.legal))]
    if table.rounding != FeeRounding():
        blocks.append(_block("[rounding]", [("to", str(table.rounding.to)), ("mode", _text(table.rounding.mode))]))
    if table.tax is not None:
        blocks.append(_block("[tax]", [("bp", str(table.tax.bp)), ("included", _flag(table.tax.included))]))
    if table.charging is not None:
        blocks.append(_block("[charging]", _charging(table.charging)))
    if table.exemptions:
        blocks.append(_block("[exempt]", [(_key(row.exempt_class), _text(row.proof)) for row in table.exemptions]))
    if table.discounts:
        blocks.append(_block("[discount]", [(_key(row.payment_method), str(row.percent)) for row in table.discounts]))
    blocks += [_block("[[quota]]", _quota(quota)) for quota in table.quotas]
    for collection in table.collections:
        blocks += _collection(collection)
    return "\n".join(blocks)


def _block(header: str | None, pairs: Iterable[Pair]) -> str:
    lines = [] if header is None else [header]
    return "\n".join([*lines, *(f"{key} = {value}" for key, value in pairs if value is not None), ""])


def _head(table: RateTable) -> list[Pair]:
    return [
        ("rate_table", _text(table.rate_table_id)),
        ("version", str(table.version)),
        ("title", _text(table.title)),
        ("title_en", _text(table.title_en)),
        ("currency", _text(table.currency)),
        ("timezone", _text(table.timezone)),
        ("calendar", _text(table.calendar)),
        ("price_moment", _text(table.price_moment)),
    ]


def _legal(legal: LegalBasis) -> list[Pair]:
    return [
        ("document", _text(legal.document)),
        ("authority", _text(legal.authority)),
        ("form", _text(legal.form)),
        ("source", _text(legal.source)),
        ("tick", str(legal.tick)),
        ("notice_working_days", str(legal.notice_working_days)),
        ("float_percent", _whole(legal.float_percent)),
        ("ceiling", _whole(legal.ceiling)),
        ("valid_from", _day(legal.valid_from)),
        ("valid_to", _day(legal.valid_to)),
    ]


def _charging(rule: ChargingRule) -> list[Pair]:
    rules = _list(rule.idle_rules)
    return [
        ("while_charging", _text(rule.while_charging)),
        ("grace", _time(rule.grace_s)),
        ("idle_percent", str(rule.idle_percent)),
        ("idle_rules", _text("all") if rules is None and rule.idle_percent != _WHOLE_PRICE else rules),
        ("idle_uses_quota", _flag(rule.idle_uses_quota)),
        ("idle_uses_free", _flag(rule.idle_uses_free)),
    ]


def _quota(quota: TimeQuota) -> list[Pair]:
    return [
        ("id", _text(quota.quota_id)),
        ("energies", _list(quota.energies) or _text("any")),
        ("time", _time(quota.seconds)),
        ("window", _text(quota.window)),
        ("length", _time(quota.window_s)),
        ("place", _text(quota.place)),
        ("stacks_on_free", _flag(quota.stacks_on_free)),
        ("short_stays_use_nothing", _flag(quota.short_stays_use_nothing)),
    ]


def _collection(collection: RateLineCollection) -> Iterator[str]:
    short = collection.short_stay
    is_said = short is not None or collection.short_parts or len(collection.lines) == 1
    scaled = any(rate.percent != _WHOLE_PRICE for rate in collection.eligibility.vehicles)
    yield _block(
        "[[collection]]",
        [
            ("id", _text(collection.collection_id)),
            *_eligibility(collection.eligibility),
            ("entry_fee", str(collection.entry_fee) if collection.entry_fee else None),
            ("entry_tax_bp", _whole(collection.entry_tax_bp)),
            ("short_stay", None if short is None else _time(short.below_s)),
            ("crossing", None if is_said else _text("separately")),
        ],
    )
    if collection.free is not None:
        yield from _free(collection.free)
    for line in collection.lines:
        yield _block("[[collection.line]]", _line(line, scaled=scaled))
    for cap in collection.caps:
        yield _block("[[collection.cap]]", _cap(cap, scaled=scaled))
    for part in collection.short_parts:
        pairs = [("rule", _text(part.rule)), ("below", _time(part.below_s)), ("added_to", _text(part.added_to))]
        yield _block("[[collection.short_part]]", pairs)


def _eligibility(eligibility: Eligibility) -> list[Pair]:
    rates = eligibility.vehicles
    if all(rate.percent == _WHOLE_PRICE for rate in rates):
        vehicles = f"[{', '.join(_text(rate.vehicle_class) for rate in rates)}]"
    else:
        vehicles = f"{{ {', '.join(f'{rate.vehicle_class} = {rate.percent}' for rate in rates)} }}"
    return [
        ("area_classes", _list(eligibility.area_classes)),
        ("kinds", _list(eligibility.kinds)),
        ("vehicles", vehicles),
        ("energies", _list(eligibility.energies)),
        ("uses", _list(eligibility.uses)),
    ]


def _free(free: FreeAllowance) -> Iterator[str]:
    yield _block("[collection.free]", [("time", _time(free.seconds)), ("when_exceeded", _text(free.when_exceeded))])
    if free.limit is not None:
        yield _block("[collection.free.limit]", _limit(free.limit))


def _limit(limit: EntryLimit) -> list[Pair]:
    return [
        ("entries", str(limit.entries)),
        ("window", _text(limit.window)),
        ("length", _time(limit.window_s)),
        ("place", _text(limit.place)),
    ]


def _line(line: RateLine, *, scaled: bool) -> list[Pair]:
    is_whole_day = line.start == line.end == time()
    cap_scaled = _flag(line.cap_times_vehicle) if line.cap is not None and (scaled or line.cap_times_vehicle) else None
    return [
        ("rule", _text(line.rule_id)),
        ("from", None if is_whole_day else _clock(line.start)),
        ("to", None if is_whole_day else _clock(line.end)),
        ("days", _list(line.days)),
        ("valid_from", _day(line.valid_from)),
        ("valid_to", _day(line.valid_to)),
        ("activity", None if line.activity is None else _text(line.activity)),
        ("mode", _text(line.mode)),
        *_price(line),
        ("cap", _whole(line.cap)),
        ("cap_times_vehicle", cap_scaled),
        ("tax_bp", _whole(line.tax_bp)),
    ]


def _price(line: RateLine) -> list[Pair]:
    if line.mode == "per_use":
        return [("price", str(line.unit_price)), ("per", _text(line.per))]
    if line.mode == "steps":
        return [("steps", _steps(line)), ("rounding", _text(line.rounding)), ("steps_from", _text(line.steps_from))]
    if line.mode == "tiers":
        ends = line.tiers[-1].up_to_s is not None
        return [("tiers", _tiers(line)), ("beyond", _text(line.beyond) if ends else None)]
    if line.mode == "free":
        return []
    if line.period is not None:
        period = f"{{ unit = {_text(line.period.unit)}, alignment = {_text(line.period.alignment)} }}"
        return [("price", str(line.unit_price)), ("period", period)]
    return [("price", str(line.unit_price)), ("unit", _time(line.unit_s)), ("rounding", _text(line.rounding))]


def _steps(line: RateLine) -> str:
    rows = [
        f"    {{ price = {step.unit_price}, unit = {_time(step.unit_s)}"
        + ("" if step.units is None else f", units = {step.units}")
        + " },\n"
        for step in line.steps
    ]
    return f"[\n{''.join(rows)}]"


def _tiers(line: RateLine) -> str:
    rows = [
        "    { " + ("" if tier.up_to_s is None else f"up_to = {_time(tier.up_to_s)}, ") + f"price = {tier.price} }},\n"
        for tier in line.tiers
    ]
    return f"[\n{''.join(rows)}]"


def _cap(cap: Cap, *, scaled: bool) -> list[Pair]:
    return [
        ("id", _text(cap.cap_id)),
        ("scope", _text(cap.scope)),
        ("length", _time(cap.window_s)),
        ("amount", str(cap.amount)),
        ("rules", _list(cap.rules)),
        ("times_vehicle", _flag(cap.times_vehicle) if scaled or cap.times_vehicle else None),
    ]


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """Quoted; what JSON escapes, TOML reads alike, and the delete character needs it too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _flag(value: bool) -> str:  # noqa: FBT001 - one value, written as TOML has it
    return "true" if value else "false"


def _whole(value: int | None) -> str | None:
    return None if value is None else str(value)


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _clock(value: time) -> str:
    return _text(value.isoformat("seconds" if value.second else "minutes"))


def _list(values: frozenset[str] | frozenset[object]) -> str | None:
    """In the order of the alphabet; an empty set is left out."""
    return f"[{', '.join(_text(value) for value in sorted(map(str, values)))}]" if values else None


def _time(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    parts, rest = [], seconds
    for unit, length in _UNITS:
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count}{unit}")
    return _text(" ".join(parts) or "0s")
