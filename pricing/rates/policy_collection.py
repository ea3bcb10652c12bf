"""Reads one `[[collection]]` of a policy file: for whom it is, what is free, its lines, and what caps them."""

from typing import Any, Final, get_args

from parking.places.model import AreaClass, PlaceKind, SpaceUse
from pricing.rates.model import (
    Cap,
    CapScope,
    Eligibility,
    Energy,
    EntryLimit,
    FreeAllowance,
    QuotaWindow,
    RateLineCollection,
    ShortPart,
    ShortStay,
    VehicleClass,
    VehicleRate,
)
from pricing.rates.policy_line import PRICE, TIMES_VEHICLE, Around, read_line, tax_bp
from pricing.rates.policy_section import Section
from pricing.rates.policy_values import (
    SHORTEST_WINDOW_S,
    duration,
    flag,
    listed,
    names,
    one_of,
    some_of,
    text,
    whole,
    window_length,
)

WINDOW: Final = (
    'the rule does not say which day is meant; write "local_day" (midnight to midnight), "rolling" (any length of '
    'time that ends now) or "from_first_use" (windows that begin with their first use)'
)
PLACE: Final = 'the rule does not say where it counts; write "everywhere" or "here" (each place by itself)'
_EXCEEDED: Final = (
    'the rule does not say what becomes of the free time of a longer stay; write "deducted" (it stays free) or "lost" '
    "(the stay is charged from entry)"
)
_CROSSING: Final = (
    "the rule does not say how a stay is charged that runs from one span of the day into another; write "
    'crossing = "separately", or give short_stay = "1h" or a [[collection.short_part]]'
)
_SCOPE: Final = (
    'the rule does not say what the cap is for; write "stay", "local_day" (midnight to midnight) or "from_entry" '
    '(with length = "24h")'
)


def read_collection(
    section: Section, *, idle_percent: int, idle_rules: frozenset[str], has_tax: bool
) -> RateLineCollection:
    """Read a collection; what is wrong in it is noted in the section."""
    collection_id = section.must("id", text, "")
    eligibility = _eligibility(section)
    around = Around(
        percents=tuple(rate.percent for rate in eligibility.vehicles),
        idle_percent=idle_percent,
        idle_rules=idle_rules,
        has_tax=has_tax,
    )
    lines = section.children("line", ask="prices nothing; write at least one [[collection.line]]")
    entry_fee = section.may("entry_fee", PRICE, 0)
    if not around.fits(entry_fee, None):
        section.note("entry_fee", f"{entry_fee} times the percentage of a vehicle is no whole number of minor units")
    collection = RateLineCollection(
        collection_id=collection_id,
        eligibility=eligibility,
        lines=tuple(read_line(line, around) for line in lines),
        free=_free(section.child("free")),
        entry_fee=entry_fee,
        entry_tax_bp=tax_bp(section, "entry_tax_bp", around),
        caps=tuple(_cap(cap, around) for cap in section.children("cap")),
        **_crossing(section),
    )
    _references(section, collection)
    section.close()
    return collection


def read_window(section: Section) -> tuple[QuotaWindow, int | None]:
    """The window of a quota or of an entry limit, with its length where it has one."""
    window: QuotaWindow = section.must("window", one_of(get_args(QuotaWindow)), "local_day", ask=WINDOW)
    if window == "local_day":
        section.must_not("length", "a local day is as long as it is")
        return window, None
    return window, section.must(
        "length", window_length, SHORTEST_WINDOW_S, ask='the window needs its length, such as "24h"'
    )


def _eligibility(section: Section) -> Eligibility:
    return Eligibility(
        area_classes=section.must("area_classes", some_of(get_args(AreaClass)), frozenset()),
        kinds=section.must("kinds", some_of(get_args(PlaceKind)), frozenset()),
        vehicles=section.must("vehicles", _vehicles, ()),
        energies=section.may("energies", some_of(get_args(Energy)), frozenset()),
        uses=section.may("uses", some_of(get_args(SpaceUse)), frozenset()),
    )


def _vehicles(value: Any) -> tuple[VehicleRate, ...]:  # noqa: ANN401 - TOML gives anything
    """A list of classes that pay the prices as they stand, or a table of classes with percentages."""
    read_class, read_percent = one_of(get_args(VehicleClass)), whole(1, 10_000)
    if isinstance(value, list) and value:
        rates = [VehicleRate(vehicle_class=read_class(item)) for item in value]
        if len({rate.vehicle_class for rate in rates}) < len(rates):
            raise ValueError("a vehicle class is listed twice")
        return tuple(rates)
    if isinstance(value, dict) and value:
        return tuple(
            VehicleRate(vehicle_class=read_class(name), percent=read_percent(percent))
            for name, percent in value.items()
        )
    raise ValueError(f'write ["small"] or {{ small = 100, large = 200 }} with {listed(get_args(VehicleClass))}')


def _free(section: Section | None) -> FreeAllowance | None:
    if section is None:
        return None
    limit = section.child("limit")
    free = FreeAllowance(
        seconds=section.must("time", duration, 60),
        when_exceeded=section.must("when_exceeded", one_of(("deducted", "lost")), "lost", ask=_EXCEEDED),
        limit=None if limit is None else _limit(limit),
    )
    section.close()
    return free


def _limit(section: Section) -> EntryLimit:
    window, window_s = read_window(section)
    limit = EntryLimit(
        entries=section.must("entries", whole(1), 1),
        window=window,
        window_s=window_s,
        place=section.must("place", one_of(("everywhere", "here")), "everywhere", ask=PLACE),
    )
    section.close()
    return limit


def _cap(section: Section, around: Around) -> Cap:
    scope: CapScope = section.must("scope", one_of(get_args(CapScope)), "stay", ask=_SCOPE)
    window_s = None
    if scope == "from_entry":
        window_s = section.must(
            "length", window_length, SHORTEST_WINDOW_S, ask='windows from entry need their length, such as "24h"'
        )
    else:
        section.must_not("length", f'a cap of scope "{scope}" has no length')
    cap = Cap(
        cap_id=section.must("id", text, ""),
        scope=scope,
        amount=section.must("amount", whole(1, money=True), 1),
        window_s=window_s,
        rules=section.may("rules", names, frozenset()),
        times_vehicle=section.must("times_vehicle", flag, instead=False, ask=TIMES_VEHICLE)
        if around.is_scaled
        else section.may("times_vehicle", flag, default=False),
    )
    section.close()
    return cap


def _crossing(section: Section) -> dict[str, Any]:
    below = section.may("short_stay", duration, None)
    parts = tuple(_short_part(part) for part in section.children("short_part"))
    crossing = section.may("crossing", one_of(("separately",)), None)
    if below is not None or parts:
        if crossing is not None:
            section.note("crossing", '"separately" contradicts short_stay and short_part; leave it out')
    elif crossing is None and not section.has("crossing") and len(section.children("line")) > 1:
        section.note("crossing", _CROSSING)
    return {"short_stay": None if below is None else ShortStay(below_s=below), "short_parts": parts}


def _short_part(section: Section) -> ShortPart:
    part = ShortPart(
        rule=section.must("rule", text, ""),
        below_s=section.must("below", duration, 60),
        added_to=section.must("added_to", text, ""),
    )
    if part.rule == part.added_to:
        section.note("added_to", "a part cannot be added to its own rule")
    section.close()
    return part


def _references(section: Section, collection: RateLineCollection) -> None:
    rules = {line.rule_id for line in collection.lines}
    for row, cap in zip(section.children("cap"), collection.caps, strict=True):
        for unknown in sorted(cap.rules - rules):
            row.note("rules", f'this collection has no rule "{unknown}"')
    for row, part in zip(section.children("short_part"), collection.short_parts, strict=True):
        for key, rule in (("rule", part.rule), ("added_to", part.added_to)):
            if rule and rule not in rules:
                row.note(key, f'this collection has no rule "{rule}"')
