"""Random but sound rate tables, in which every switch of the model occurs; the same number makes the same table."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TypeVar, get_args

from pricing.rates.model import (
    Activity,
    Cap,
    CapScope,
    ChargingRule,
    Day,
    Discount,
    Eligibility,
    Energy,
    EntryLimit,
    Exemption,
    FeeRounding,
    FreeAllowance,
    LegalBasis,
    LineMode,
    MoneyRounding,
    Period,
    QuotaWindow,
    RateLine,
    RateLineCollection,
    RateStep,
    RateTable,
    RateTier,
    Rounding,
    ShortPart,
    ShortStay,
    Tax,
    TimeQuota,
    VehicleClass,
    VehicleRate,
)

Item = TypeVar("Item")
UNITS_S = (60, 300, 600, 900, 1800, 3600, 7, 1000)
LEGAL = LegalBasis(
    document="D1", authority="A", form="government_set", source="s", tick=1, notice_working_days=0, ceiling=100_000
)
KINDS_OF_DAYS: tuple[tuple[frozenset[Day], ...], ...] = (
    (frozenset({"workday"}), frozenset({"restday", "holiday"})),
    (frozenset({"workday", "restday"}), frozenset({"holiday"})),
    (frozenset({"workday"}), frozenset({"restday"}), frozenset({"holiday"})),
    (frozenset({"mon", "tue", "wed", "thu", "fri"}), frozenset({"sat", "sun"})),
    (frozenset({"mon", "wed", "sun"}), frozenset({"tue", "thu"}), frozenset({"fri", "sat"})),
)
OVERLAPPING_DAYS: tuple[frozenset[Day], ...] = (frozenset({"workday"}), frozenset({"holiday", "sat", "sun"}))
"""Two kinds that one day may meet both, or neither: such a table refuses some stays."""


class Draw:
    """Decisions that follow from a name."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)  # noqa: S311 - the same cases in every run
        self.rules = 0

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, items: Sequence[Item]) -> Item:
        return items[int(self.random.random() * len(items))]

    def below(self, number: int) -> int:
        return int(self.random.random() * number)

    def seconds(self) -> int:
        """A length on a coarse grid, so that boundaries meet exactly and often."""
        return self.pick((300, 600, 900, 900, 1800, 1800, 3600, 7200)) * self.pick((1, 1, 2, 3))

    def free_seconds(self) -> int:
        return self.pick((0, 60, 300, 300, 600, 900, 900, 1800, 3600))

    def price(self) -> int:
        return self.pick((0, 1, 50, 75, 100, 100, 150, 200, 333, 500))

    def subset(self, items: Sequence[Item]) -> frozenset[Item]:
        return frozenset(item for item in items if self.chance(0.5))


def table_at(draw: Draw, zone: str, country: str, anchor: datetime) -> RateTable:
    """A table whose spans of the day begin and end around the anchor (local time)."""
    taxed = draw.chance(0.4)
    table = RateTable(
        rate_table_id="t",
        version=1,
        title="t",
        title_en="t",
        currency=draw.pick(("CNY", "EUR", "USD")),
        timezone=zone,
        calendar=country,
        price_moment="as_you_go" if draw.chance(0.2) else "entry",
        legal=LEGAL,
        collections=_collections(draw, anchor, taxed=taxed),
        quotas=tuple(_quota(draw, f"q{number}") for number in range(draw.pick((0, 0, 0, 0, 1, 1, 2)))),
        exemptions=(Exemption(exempt_class="police", proof="plate"),) if draw.chance(0.5) else (),
        discounts=(Discount(payment_method="app", percent=draw.pick((5, 5, 10, 10, 15, 50, 100))),)
        if draw.chance(0.3)
        else (),
        tax=Tax(bp=draw.pick((600, 1900, 875)), included=draw.chance(0.5)) if taxed else None,
        rounding=FeeRounding(to=draw.pick((1, 1, 1, 10, 50, 100)), mode=draw.pick(get_args(MoneyRounding))),
    )
    rules = tuple(line.rule_id for collection in table.collections for line in collection.lines)
    return replace(table, charging=_charging(draw, rules) if draw.chance(0.5) else None)


def later_version(draw: Draw, table: RateTable, anchor: datetime) -> RateTable:
    """Another version for the same places, or for others, with lines of its own."""
    fresh = _collections(draw, anchor, taxed=table.tax is not None)
    if draw.chance(0.7):
        fresh = tuple(
            replace(collection, lines=_lines(draw, anchor, taxed=table.tax is not None))
            for collection in table.collections
        )
    return replace(
        table,
        version=table.version + 1,
        collections=fresh,
        tax=None if table.tax is None else replace(table.tax, bp=1000),
        charging=_charging(draw, ()) if draw.chance(0.3) else table.charging,
    )


def _collections(draw: Draw, anchor: datetime, *, taxed: bool) -> tuple[RateLineCollection, ...]:
    whole = Eligibility(area_classes=frozenset({"I", "II"}), kinds=frozenset({"kerb", "lot"}), vehicles=_vehicles(draw))
    parts: list[Eligibility] = {
        0: [whole],
        1: [replace(whole, area_classes=frozenset({"I"})), replace(whole, area_classes=frozenset({"II"}))],
        2: [
            replace(whole, uses=frozenset({"ordinary", "accessible", "loading"})),
            replace(whole, uses=frozenset({"charging"}), vehicles=_vehicles(draw)),
        ],
        3: [replace(whole, energies=frozenset({"fuel"})), replace(whole, energies=frozenset({"nev"}))],
        4: [replace(whole, kinds=frozenset({"kerb"})), replace(whole, kinds=frozenset({"lot"}))],
    }[draw.pick((0, 0, 0, 0, 1, 2, 3, 4))]
    if draw.chance(0.01):
        parts.append(replace(whole, area_classes=frozenset({"II"})))
    return tuple(
        _collection(draw, f"c{number}", eligibility, anchor, taxed=taxed) for number, eligibility in enumerate(parts)
    )


def _vehicles(draw: Draw) -> tuple[VehicleRate, ...]:
    classes: list[VehicleClass] = ["small", "motorcycle", "medium", "large"]
    if draw.chance(0.05):
        classes = classes[:2]
    return tuple(
        VehicleRate(vehicle_class=one, percent=0 if draw.chance(0.02) else draw.pick((100, 100, 100, 50, 150, 33, 200)))
        for one in classes
    )


def _collection(
    draw: Draw, collection_id: str, eligibility: Eligibility, anchor: datetime, *, taxed: bool
) -> RateLineCollection:
    lines = _lines(draw, anchor, taxed=taxed)
    rules = tuple(line.rule_id for line in lines)
    return RateLineCollection(
        collection_id=collection_id,
        eligibility=eligibility,
        lines=lines,
        free=_free(draw) if draw.chance(0.45) else None,
        entry_fee=draw.pick((50, 200, 333)) if draw.chance(0.25) else 0,
        entry_tax_bp=700 if taxed and draw.chance(0.3) else None,
        caps=tuple(_cap(draw, f"k{number}", rules) for number in range(draw.pick((0, 0, 0, 1, 1, 2, 3)))),
        short_stay=ShortStay(below_s=draw.seconds()) if draw.chance(0.15) else None,
        short_parts=_short_parts(draw, rules),
    )


def _short_parts(draw: Draw, rules: tuple[str, ...]) -> tuple[ShortPart, ...]:
    if len(rules) == 1 or draw.chance(0.7):
        return ()
    found = []
    for _ in range(draw.pick((1, 1, 2))):
        rule, added_to = draw.random.sample(rules, 2)
        found.append(ShortPart(rule=rule, below_s=draw.seconds(), added_to=added_to))
    return tuple(found)


def _free(draw: Draw) -> FreeAllowance:
    limit = None
    if draw.chance(0.5):
        window = draw.pick(get_args(QuotaWindow))
        limit = EntryLimit(
            entries=draw.pick((1, 1, 2, 3)),
            window=window,
            window_s=None if window == "local_day" else draw.seconds() * draw.pick((1, 4)),
            place=draw.pick(("everywhere", "here")),
        )
    return FreeAllowance(seconds=draw.free_seconds(), when_exceeded=draw.pick(("deducted", "lost")), limit=limit)


def _cap(draw: Draw, cap_id: str, rules: tuple[str, ...]) -> Cap:
    scope = draw.pick(get_args(CapScope))
    return Cap(
        cap_id=cap_id,
        scope=scope,
        amount=draw.pick((0, 100, 250, 250, 500, 500, 777, 1000, 1000, 2500)),
        window_s=draw.seconds() if scope == "from_entry" else None,
        rules=draw.subset(rules) if draw.chance(0.5) else frozenset(),
        times_vehicle=draw.chance(0.5),
    )


def _quota(draw: Draw, quota_id: str) -> TimeQuota:
    window = draw.pick(get_args(QuotaWindow))
    return TimeQuota(
        quota_id=quota_id,
        seconds=draw.free_seconds(),
        window=window,
        window_s=None if window == "local_day" else draw.seconds() * draw.pick((1, 2)),
        energies=draw.pick((frozenset[Energy](), frozenset[Energy]({"nev"}), frozenset[Energy]({"nev", "fuel"}))),
        place=draw.pick(("everywhere", "here")),
        stacks_on_free=draw.chance(0.5),
        short_stays_use_nothing=draw.chance(0.5),
    )


def _charging(draw: Draw, rules: tuple[str, ...]) -> ChargingRule:
    return ChargingRule(
        while_charging=draw.pick(("free", "charged")),
        grace_s=draw.pick((0, 300, 900, 1)),
        idle_percent=draw.pick((100, 150, 200, 300)),
        idle_rules=draw.subset(rules) if draw.chance(0.4) else frozenset(),
        idle_uses_quota=draw.chance(0.5),
        idle_uses_free=draw.chance(0.5),
    )


def _lines(draw: Draw, anchor: datetime, *, taxed: bool) -> tuple[RateLine, ...]:
    """Lines that together hold every instant once; a few tables lack one, or say a thing twice."""
    cuts = sorted({_time_around(draw, anchor) for _ in range(draw.pick((1, 1, 2, 2, 3, 4)))})
    lines: list[RateLine] = []
    for start, end in zip(cuts, [*cuts[1:], cuts[0]], strict=True):
        lines += [_priced(draw, line, taxed=taxed) for line in _variants(draw, start, end, anchor.date())]
    if draw.chance(0.02):
        lines.pop(draw.below(len(lines)))
    if not lines or draw.chance(0.01):
        lines.append(_priced(draw, _blank(draw, cuts[0], cuts[-1]), taxed=taxed))
    return tuple(lines)


def _time_around(draw: Draw, anchor: datetime) -> time:
    if draw.chance(0.25):
        return time(draw.pick((0, 0, 2, 3, 8, 20, 22)))
    if draw.chance(0.1):
        return time(anchor.hour, draw.below(60), draw.below(60))
    return (anchor + timedelta(minutes=15 * (draw.below(17) - 8))).time()


def _blank(draw: Draw, start: time, end: time) -> RateLine:
    draw.rules += 1
    return RateLine(rule_id=f"r{draw.rules}", start=start, end=end, mode="free")


def _variants(draw: Draw, start: time, end: time, day: date) -> list[RateLine]:
    """One line for the span, or several that share its days, its years or what the vehicle does."""
    kind = draw.random.random()
    if kind < 0.6:
        return [_blank(draw, start, end)]
    if kind < 0.78:
        return [replace(_blank(draw, start, end), days=days) for days in draw.pick(KINDS_OF_DAYS)]
    if kind < 0.79:
        return [replace(_blank(draw, start, end), days=days) for days in OVERLAPPING_DAYS]
    if kind < 0.88:
        last = day + timedelta(days=draw.below(3) - 1)
        return [
            replace(_blank(draw, start, end), valid_to=last),
            replace(_blank(draw, start, end), valid_from=last + timedelta(days=1)),
        ]
    activities: tuple[Activity, ...] = get_args(Activity)
    return [replace(_blank(draw, start, end), activity=activity) for activity in activities]


def _priced(draw: Draw, line: RateLine, *, taxed: bool) -> RateLine:
    modes: tuple[LineMode, ...] = (
        *get_args(LineMode),
        "per_unit",
        "per_unit",
        "per_unit",
        "per_unit",
        "steps",
        "steps",
    )
    mode = draw.pick(modes)
    line = replace(
        line,
        mode=mode,
        cap=draw.pick((100, 300, 500, 1000)) if draw.chance(0.3) else None,
        cap_times_vehicle=draw.chance(0.4),
        tax_bp=draw.pick((0, 300, 1000)) if taxed and draw.chance(0.2) else None,
    )
    if mode == "per_unit":
        period = _period(draw) if draw.chance(0.5 if line.start == line.end else 0.15) else None
        unit_s = None if period is not None else draw.pick(UNITS_S)
        return replace(
            line, unit_price=draw.price(), unit_s=unit_s, period=period, rounding=draw.pick(get_args(Rounding))
        )
    if mode == "per_use":
        return replace(line, unit_price=draw.price(), per=draw.pick(("segment", "stay")))
    if mode == "steps":
        line = replace(line, steps=_steps(draw), rounding=draw.pick(get_args(Rounding)))
        return replace(line, steps_from="stay") if draw.chance(0.5) else line
    if mode == "tiers":
        return replace(line, tiers=_tiers(draw), beyond=draw.pick(("refuse", "repeat", "repeat")))
    return line


def _period(draw: Draw) -> Period:
    return Period(
        unit=draw.pick(("hour", "hour", "day", "day", "week", "week", "month", "month", "year")),
        alignment=draw.pick(("rolling", "calendar")),
    )


def _steps(draw: Draw) -> tuple[RateStep, ...]:
    steps = [
        RateStep(unit_price=draw.price(), unit_s=draw.pick(UNITS_S), units=draw.pick((1, 1, 2, 3)))
        for _ in range(draw.below(4))
    ]
    units = None if draw.chance(0.95) else 20
    return (*steps, RateStep(unit_price=draw.price(), unit_s=draw.pick(UNITS_S[:6]), units=units))


def _tiers(draw: Draw) -> tuple[RateTier, ...]:
    end = 0
    tiers: list[RateTier] = []
    for _ in range(draw.pick((1, 2, 3))):
        end += draw.seconds()
        tiers.append(RateTier(up_to_s=end, price=draw.price()))
    if draw.chance(0.4):
        tiers.append(RateTier(up_to_s=None, price=draw.price()))
    return tuple(tiers)
