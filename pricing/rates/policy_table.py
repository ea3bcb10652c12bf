"""Reads what a policy file says of the whole table: its act, quotas, exempt classes, charging, taking off and tax."""

from typing import Any, Final, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from parking.domain.ids import ID_PATTERN
from parking.places.model import PriceForm
from pricing.rates.model import (
    ChargingRule,
    Discount,
    Energy,
    Exemption,
    FeeRounding,
    LegalBasis,
    MoneyRounding,
    RateTable,
    Tax,
    TimeQuota,
)
from pricing.rates.policy_collection import PLACE, read_collection, read_window
from pricing.rates.policy_section import Notes, Section
from pricing.rates.policy_values import (
    day,
    duration,
    flag,
    names,
    one_of,
    pattern,
    some_of,
    text,
    whole,
    zero_or_more,
)

_WHOLE_PRICE: Final = 100
_MOMENT: Final = (
    'the rule does not say which prices a running stay pays after a change; write "entry" (those of its beginning) or '
    '"as_you_go" (those in force at each moment)'
)
_STACKS: Final = (
    "the rule does not say whether the free allowance begins after the quota (true) or both begin at entry (false)"
)
_ENERGIES: Final = 'the rule does not say whose quota it is; write ["nev"], or "any"'
_SHORT: Final = (
    "the rule does not say whether a stay within the free allowance leaves the quota as it is (true) or uses it (false)"
)


def read_table(root: Section) -> RateTable:
    """Read the whole file; what is wrong in it is noted in the sections."""
    table = _table(root)
    _unique(root, table)
    root.close()
    return table


def _table(root: Section) -> RateTable:
    charging = _charging(root.child("charging"))
    tax = _tax(root.child("tax"))
    return RateTable(
        rate_table_id=root.must("rate_table", pattern(ID_PATTERN, "an id: letters, digits and . _ : -"), ""),
        version=root.must("version", whole(1), 1),
        title=root.must("title", text, ""),
        title_en=root.must("title_en", text, ""),
        currency=root.must("currency", pattern(r"[A-Z]{3}", 'a currency such as "CNY"'), "CNY"),
        timezone=root.must("timezone", _timezone, "UTC"),
        calendar=root.must("calendar", pattern(r"[A-Z]{2}", 'a country such as "CN"'), "CN"),
        price_moment=root.must("price_moment", one_of(("entry", "as_you_go")), "entry", ask=_MOMENT),
        legal=_legal(root.child("legal", ask="is missing: a tariff names the act that lets it be charged") or _empty()),
        collections=tuple(
            read_collection(
                section,
                idle_percent=_WHOLE_PRICE if charging is None else charging.idle_percent,
                idle_rules=frozenset() if charging is None else charging.idle_rules,
                has_tax=tax is not None,
            )
            for section in root.children("collection", ask="prices nothing; write at least one [[collection]]")
        ),
        quotas=tuple(_quota(section) for section in root.children("quota")),
        exemptions=_exemptions(root.child("exempt")),
        charging=charging,
        discounts=_discounts(root.child("discount")),
        tax=tax,
        rounding=_rounding(root.child("rounding")),
    )


def _empty() -> Section:
    """Stands in for a table whose absence is already noted."""
    return Section({}, (), Notes(lines={}))


def _timezone(value: Any) -> str:  # noqa: ANN401 - TOML gives anything
    try:
        return ZoneInfo(text(value)).key
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f'"{value}" is no time zone; write one such as "Asia/Shanghai"') from error


def _legal(section: Section) -> LegalBasis:
    legal = LegalBasis(
        document=section.must("document", text, ""),
        authority=section.must("authority", text, ""),
        form=section.must("form", one_of(get_args(PriceForm)), "market"),
        source=section.must("source", text, ""),
        tick=section.must("tick", whole(1, money=True), 1, ask="is missing: prices move in multiples of it"),
        notice_working_days=section.must(
            "notice_working_days",
            whole(0, 1000),
            0,
            ask="the rule does not say how many working days the public notice takes; write the number, 0 for none",
        ),
        float_percent=section.may("float_percent", whole(0, 10_000), None),
        ceiling=section.may("ceiling", whole(money=True), None),
        valid_from=section.may("valid_from", day, None),
        valid_to=section.may("valid_to", day, None),
    )
    named = [key for key in ("float_percent", "ceiling") if section.has(key)]
    if legal.form == "government_guided" and len(named) != 1:
        says = "a guided price has a float_percent (0 for none) or a ceiling" + (", not both" if named else "")
        section.note(named[-1] if named else None, says)
    if legal.valid_from is not None and legal.valid_to is not None and legal.valid_to < legal.valid_from:
        section.note("valid_to", "is before valid_from")
    section.close()
    return legal


def _quota(section: Section) -> TimeQuota:
    window, window_s = read_window(section)
    quota = TimeQuota(
        quota_id=section.must("id", text, ""),
        seconds=section.must("time", duration, 60),
        window=window,
        window_s=window_s,
        energies=section.must("energies", _any_or_energies, frozenset(), ask=_ENERGIES),
        place=section.must("place", one_of(("everywhere", "here")), "everywhere", ask=PLACE),
        stacks_on_free=section.must("stacks_on_free", flag, instead=False, ask=_STACKS),
        short_stays_use_nothing=section.must("short_stays_use_nothing", flag, instead=False, ask=_SHORT),
    )
    section.close()
    return quota


def _any_or_energies(value: Any) -> frozenset[Energy]:  # noqa: ANN401 - TOML gives anything
    return frozenset() if value == "any" else some_of(get_args(Energy))(value)


def _charging(section: Section | None) -> ChargingRule | None:
    if section is None:
        return None
    silent = "the rule does not say whether idle time on a charging space {}; write true or false"
    percent = section.must(
        "idle_percent",
        whole(0, 10_000),
        100,
        ask="the rule does not say what standing idle on a charging space costs; write a percentage, 100 for the same",
    )
    rules: frozenset[str]
    if percent == _WHOLE_PRICE:
        rules = section.may("idle_rules", _all_or_names, frozenset())
    else:
        ask = 'the rule does not say which prices idle time multiplies; write "all" or a list of rules'
        rules = section.must("idle_rules", _all_or_names, frozenset(), ask=ask)
    rule = ChargingRule(
        while_charging=section.must(
            "while_charging",
            one_of(("free", "charged")),
            "charged",
            ask='the rule does not say whether parking costs while charging; write "free" or "charged"',
        ),
        grace_s=section.must(
            "grace",
            zero_or_more,
            0,
            ask='the rule does not say how long after charging a vehicle may stay; write "15min", or "0s"',
        ),
        idle_percent=percent,
        idle_rules=rules,
        idle_uses_quota=section.must("idle_uses_quota", flag, instead=False, ask=silent.format("uses quotas")),
        idle_uses_free=section.must(
            "idle_uses_free", flag, instead=False, ask=silent.format("uses the free allowance")
        ),
    )
    section.close()
    return rule


def _all_or_names(value: Any) -> frozenset[str]:  # noqa: ANN401 - TOML gives anything
    return frozenset() if value == "all" else names(value)


def _exemptions(section: Section | None) -> tuple[Exemption, ...]:
    """Class = proof, in the order of the file."""
    if section is None:
        return ()
    ask = "says no proof"
    return tuple(Exemption(exempt_class=key, proof=section.must(key, text, "", ask=ask)) for key in section.entries())


def _discounts(section: Section | None) -> tuple[Discount, ...]:
    """Way of paying = percent off, in the order of the file."""
    if section is None:
        return ()
    return tuple(Discount(payment_method=key, percent=section.must(key, whole(1, 100), 1)) for key in section.entries())


def _tax(section: Section | None) -> Tax | None:
    if section is None:
        return None
    tax = Tax(
        bp=section.must("bp", whole(), 0, ask="is missing: hundredths of a percent, 520 is 5.2 %"),
        included=section.must(
            "included",
            flag,
            instead=True,
            ask="the rule does not say whether the tax is within the prices; write true or false",
        ),
    )
    section.close()
    return tax


def _rounding(section: Section | None) -> FeeRounding:
    if section is None:
        return FeeRounding()
    ask = 'the rule does not say how the fee is rounded; write "half_up", "down" or "up"'
    rounding = FeeRounding(
        to=section.must("to", whole(1, money=True), 1),
        mode=section.must("mode", one_of(get_args(MoneyRounding)), "half_up", ask=ask),
    )
    section.close()
    return rounding


def _unique(root: Section, table: RateTable) -> None:
    """Ids are named in fees, caps and reports, so each is of one thing of the table."""
    collections = root.children("collection")
    rows = [(section, "id") for section in collections]
    ids = [(collection.collection_id, row) for collection, row in zip(table.collections, rows, strict=True)]
    _refuse_repeated(ids)
    _refuse_repeated(
        [(quota.quota_id, (row, "id")) for quota, row in zip(table.quotas, root.children("quota"), strict=True)]
    )
    lines, caps = [], []
    for section, collection in zip(collections, table.collections, strict=True):
        lines += [
            (line.rule_id, (row, "rule")) for line, row in zip(collection.lines, section.children("line"), strict=True)
        ]
        caps += [(cap.cap_id, (row, "id")) for cap, row in zip(collection.caps, section.children("cap"), strict=True)]
    _refuse_repeated(lines)
    _refuse_repeated(caps)
    charging = root.child("charging")
    if charging is not None and table.charging is not None:
        for rule in sorted(table.charging.idle_rules - {rule for rule, _ in lines}):
            charging.note("idle_rules", f'no collection has a rule "{rule}"')


def _refuse_repeated(ids: list[tuple[str, tuple[Section, str]]]) -> None:
    seen: set[str] = set()
    for name, (section, key) in ids:
        if name and name in seen:
            section.note(key, f'"{name}" is the id of another one above')
        seen.add(name)
