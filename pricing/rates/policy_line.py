"""Reads one `[[collection.line]]` of a policy file: a price over a span of the day."""

from dataclasses import dataclass
from datetime import time
from typing import Any, Final, get_args

from pricing.rates.model import (
    Activity,
    Alignment,
    Day,
    LineMode,
    Period,
    PeriodUnit,
    RateLine,
    RateStep,
    RateTier,
    Rounding,
)
from pricing.rates.policy_section import Section
from pricing.rates.policy_values import day, duration, flag, listed, one_of, some_of, text, time_of_day, whole

PRICE: Final = whole(money=True)

_ROUNDING: Final = (
    'the rule does not say what a begun unit costs; write "up" (a whole unit), "down" (nothing), "nearest" (a whole '
    'one from half on), "exact" (its share) or "up_at_end" (a whole one at the end of the stay, its share before)'
)
_STEPS_FROM: Final = (
    'the rule does not say where the steps begin; write "segment" (anew with every segment of the day) or "stay" '
    "(once, with the charged time of the stay)"
)
_PER: Final = (
    'the rule does not say what one use is; write "segment" (each segment of the day that is touched) or "stay" (the '
    "whole stay, however many it touches)"
)
_BEYOND: Final = (
    'the rule does not say what is beyond the last tier; write "refuse" (no price) or "repeat" (the tiers once more), '
    "or leave out up_to of the last tier"
)
TIMES_VEHICLE: Final = (
    "the rule does not say whether the cap too is multiplied by the vehicle's percentage; write true or false"
)
_MODE: Final = f"is missing; write {listed(get_args(LineMode))}"


@dataclass(frozen=True, kw_only=True)
class Around:
    """What a line must know of the file around it."""

    percents: tuple[int, ...]
    """Of the collection's vehicles."""
    idle_percent: int
    idle_rules: frozenset[str]
    has_tax: bool

    @property
    def is_scaled(self) -> bool:
        return any(percent != 100 for percent in self.percents)  # noqa: PLR2004 - the whole price

    def fits(self, price: int, rule: str | None) -> bool:
        """Whether every percentage of a price is whole in minor units."""
        idle = rule is not None and (not self.idle_rules or rule in self.idle_rules)
        return all(
            percent * price % 100 == 0 and (not idle or percent * self.idle_percent * price % 10_000 == 0)
            for percent in self.percents
        )


def read_line(section: Section, around: Around) -> RateLine:
    """Read a line; what is wrong in it is noted in the section."""
    rule = section.must("rule", text, "")
    start, end = _span(section)
    values: dict[str, Any] = {}
    mode: LineMode | None = section.must("mode", one_of(get_args(LineMode)), None, ask=_MODE)
    if mode is not None:
        values = _READ[mode](section)
        _divide(section, values, around, rule)
    cap = section.may("cap", whole(1, money=True), None)
    if cap is not None and around.is_scaled:
        scaled = section.must("cap_times_vehicle", flag, instead=False, ask=TIMES_VEHICLE)
    else:
        scaled = section.may("cap_times_vehicle", flag, default=False)
        if cap is None and scaled:
            section.note("cap_times_vehicle", "there is no cap to multiply")
    line = RateLine(
        rule_id=rule,
        start=start,
        end=end,
        mode=mode or "free",
        cap=cap,
        cap_times_vehicle=scaled,
        days=section.may("days", some_of(get_args(Day)), frozenset()),
        valid_from=section.may("valid_from", day, None),
        valid_to=section.may("valid_to", day, None),
        activity=section.may("activity", one_of(get_args(Activity)), None),
        tax_bp=tax_bp(section, "tax_bp", around),
        **values,
    )
    if line.valid_from is not None and line.valid_to is not None and line.valid_to < line.valid_from:
        section.note("valid_to", "is before valid_from")
    if mode is not None:
        section.close()
    return line


def tax_bp(section: Section, key: str, around: Around) -> int | None:
    """A rate of tax of its own, which needs a `[tax]` that says whether it is within the price."""
    bp = section.may(key, whole(), None)
    if bp is not None and not around.has_tax:
        section.note(key, "there is no [tax], so nothing says whether it is within the price")
    return bp


def _span(section: Section) -> tuple[time, time]:
    if not section.has("from") and not section.has("to"):
        return time(), time()
    ask = "a span of the day needs both from and to; leave both out for the whole day"
    return section.must("from", time_of_day, time(), ask=ask), section.must("to", time_of_day, time(), ask=ask)


def _per_unit(section: Section) -> dict[str, Any]:
    values: dict[str, Any] = {"unit_price": section.must("price", PRICE, 0)}
    period = section.child("period")
    if period is None:
        values["unit_s"] = section.must(
            "unit", duration, 60, ask='a price per unit needs its unit, such as "30min", or a period of the calendar'
        )
        values["rounding"] = section.must("rounding", one_of(get_args(Rounding)), "up", ask=_ROUNDING)
        return values
    for key in ("unit", "rounding"):
        section.must_not(key, "a period is the unit, and every period that is touched is charged whole")
    unit: PeriodUnit = period.must("unit", one_of(get_args(PeriodUnit)), "day")
    ask = (
        'the rule does not say when a period begins; write "rolling" (with the first charged second) or "calendar" '
        "(on the hour, at midnight, on Monday, on the first)"
    )
    alignment: Alignment = period.must("alignment", one_of(get_args(Alignment)), "rolling", ask=ask)
    values["period"] = Period(unit=unit, alignment=alignment)
    period.close()
    return values


def _per_use(section: Section) -> dict[str, Any]:
    return {
        "unit_price": section.must("price", PRICE, 0),
        "per": section.must("per", one_of(("segment", "stay")), "segment", ask=_PER),
    }


def _free(section: Section) -> dict[str, Any]:  # noqa: ARG001 - one shape for every mode
    return {}


def _steps(section: Section) -> dict[str, Any]:
    rows = section.children("steps", ask='needs at least one step, such as { price = 200, unit = "1h" }')
    steps = []
    for index, row in enumerate(rows):
        is_last = index == len(rows) - 1
        if is_last:
            row.must_not("units", "the last step goes on; leave units out, or add a step after it")
        units = None if is_last else row.must("units", whole(1), 1, ask="only the last step has no number of units")
        price, unit_s = row.must("price", PRICE, 0), row.must("unit", duration, 60)
        steps.append(RateStep(unit_price=price, unit_s=unit_s, units=units))
        row.close()
    return {
        "steps": tuple(steps),
        "rounding": section.must("rounding", one_of(get_args(Rounding)), "up", ask=_ROUNDING),
        "steps_from": section.must("steps_from", one_of(("segment", "stay")), "segment", ask=_STEPS_FROM),
    }


def _tiers(section: Section) -> dict[str, Any]:
    rows = section.children("tiers", ask='needs at least one tier, such as { up_to = "2h", price = 300 }')
    tiers: list[RateTier] = []
    reached = 0
    for index, row in enumerate(rows):
        is_last = index == len(rows) - 1
        ask = "only the last tier is without end"
        up_to = row.may("up_to", duration, None) if is_last else row.must("up_to", duration, None, ask=ask)
        if up_to is not None and up_to <= reached:
            row.note("up_to", "tiers go upwards; this one ends before it begins")
        reached = up_to or reached
        tiers.append(RateTier(up_to_s=up_to, price=row.must("price", PRICE, 0)))
        row.close()
    values: dict[str, Any] = {"tiers": tuple(tiers)}
    if tiers and tiers[-1].up_to_s is None:
        section.must_not("beyond", "nothing is beyond the last tier, which has no up_to")
    else:
        values["beyond"] = section.must("beyond", one_of(("refuse", "repeat")), "refuse", ask=_BEYOND)
    return values


def _divide(section: Section, values: dict[str, Any], around: Around, rule: str) -> None:
    prices = [
        ("price", [values.get("unit_price", 0)]),
        ("steps", [step.unit_price for step in values.get("steps", ())]),
        ("tiers", [tier.price for tier in values.get("tiers", ())]),
    ]
    for key, amounts in prices:
        for amount in amounts:
            if not around.fits(amount, rule):
                section.note(key, f"{amount} times the percentage of a vehicle is no whole number of minor units")


_READ: Final = {"per_unit": _per_unit, "per_use": _per_use, "free": _free, "steps": _steps, "tiers": _tiers}
