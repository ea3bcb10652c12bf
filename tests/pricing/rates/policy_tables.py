"""Random sound rate tables that use everything the model has, for properties of the policy file."""

from datetime import date, time
from typing import Any, get_args

from hypothesis import strategies as st

from parking.places.model import AreaClass, PlaceKind, PriceForm, SpaceUse
from pricing.rates.model import (
    Activity,
    Alignment,
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
    Period,
    PeriodUnit,
    RateLine,
    RateLineCollection,
    RateStep,
    RateTable,
    RateTier,
    ShortPart,
    ShortStay,
    Tax,
    TimeQuota,
    VehicleClass,
    VehicleRate,
)

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda word: word.strip() != ""
)
LENGTHS = st.integers(1, 200_000)
WINDOWS = st.sampled_from([3600, 5400, 7200, 86_400, 90_061])
PRICES = st.integers(0, 50).map(lambda number: number * 10_000)
"""Of which every percentage of a percentage is whole."""
CLOCKS = st.times().map(lambda at: time(at.hour, at.minute, at.second))
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
ROUNDINGS = st.sampled_from(["up", "down", "nearest", "exact", "up_at_end"])
YES = st.booleans()


def subsets(choices: object, least: int = 0) -> st.SearchStrategy[frozenset[Any]]:
    return st.frozensets(st.sampled_from(get_args(choices)), min_size=least)


@st.composite
def prices(draw: st.DrawFn) -> dict[str, Any]:
    mode = draw(st.sampled_from(["per_unit", "period", "per_use", "free", "steps", "tiers"]))
    if mode == "per_unit":
        return {"mode": mode, "unit_price": draw(PRICES), "unit_s": draw(LENGTHS), "rounding": draw(ROUNDINGS)}
    if mode == "period":
        unit = draw(st.sampled_from(get_args(PeriodUnit)))
        alignment = draw(st.sampled_from(get_args(Alignment)))
        return {"mode": "per_unit", "unit_price": draw(PRICES), "period": Period(unit=unit, alignment=alignment)}
    if mode == "per_use":
        return {"mode": mode, "unit_price": draw(PRICES), "per": draw(st.sampled_from(["segment", "stay"]))}
    if mode == "steps":
        rows = draw(st.lists(st.tuples(PRICES, LENGTHS, st.integers(1, 9)), max_size=3))
        steps = [RateStep(unit_price=price, unit_s=unit, units=units) for price, unit, units in rows]
        steps.append(RateStep(unit_price=draw(PRICES), unit_s=draw(LENGTHS), units=None))
        start = draw(st.sampled_from(["segment", "stay"]))
        return {"mode": mode, "steps": tuple(steps), "steps_from": start, "rounding": draw(ROUNDINGS)}
    if mode == "tiers":
        ends: list[int | None] = [*sorted(draw(st.sets(LENGTHS, min_size=1, max_size=4)))]
        beyond = draw(st.sampled_from(["refuse", "repeat", None]))
        if beyond is None:
            ends.append(None)
        tiers = tuple(RateTier(up_to_s=end, price=draw(PRICES)) for end in ends)
        return {"mode": mode, "tiers": tiers, "beyond": beyond or "refuse"}
    return {"mode": mode}


@st.composite
def lines(draw: st.DrawFn, rule: str, *, taxed: bool) -> RateLine:
    cap = draw(st.none() | st.integers(1, 9999))
    first, last = sorted(draw(st.tuples(DAYS, DAYS)))
    return RateLine(
        rule_id=rule,
        start=draw(CLOCKS),
        end=draw(CLOCKS),
        cap=cap,
        cap_times_vehicle=cap is not None and draw(YES),
        days=draw(subsets(Day)),
        valid_from=draw(st.none() | st.just(first)),
        valid_to=draw(st.none() | st.just(last)),
        activity=draw(st.none() | st.sampled_from(get_args(Activity))),
        tax_bp=draw(st.none() | st.integers(0, 3000)) if taxed else None,
        **draw(prices()),
    )


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    window = draw(st.sampled_from(["local_day", "rolling", "from_first_use"]))
    place = draw(st.sampled_from(["everywhere", "here"]))
    return {"window": window, "window_s": None if window == "local_day" else draw(WINDOWS), "place": place}


@st.composite
def caps(draw: st.DrawFn, cap_id: str, rules: list[str]) -> Cap:
    scope = draw(st.sampled_from(get_args(CapScope)))
    return Cap(
        cap_id=cap_id,
        scope=scope,
        amount=draw(st.integers(1, 99_999)),
        window_s=draw(WINDOWS) if scope == "from_entry" else None,
        rules=draw(st.frozensets(st.sampled_from(rules))),
        times_vehicle=draw(YES),
    )


@st.composite
def collections(draw: st.DrawFn, number: int, *, taxed: bool) -> RateLineCollection:
    rules = [f"{word}{number}-{index}" for index, word in enumerate(draw(st.lists(WORDS, min_size=1, max_size=4)))]
    classes = draw(st.lists(st.sampled_from(get_args(VehicleClass)), min_size=1, unique=True))
    percents = st.just(100) if draw(YES) else st.integers(1, 300)
    limits = st.builds(lambda entries, window: EntryLimit(entries=entries, **window), st.integers(1, 9), windows())
    pairs = st.permutations(rules).map(lambda two: ShortPart(rule=two[0], below_s=60, added_to=two[1]))
    return RateLineCollection(
        collection_id=f"c{number}",
        eligibility=Eligibility(
            area_classes=draw(subsets(AreaClass, 1)),
            kinds=draw(subsets(PlaceKind, 1)),
            vehicles=tuple(VehicleRate(vehicle_class=name, percent=draw(percents)) for name in classes),
            energies=draw(subsets(Energy)),
            uses=draw(subsets(SpaceUse)),
        ),
        lines=tuple(draw(lines(rule, taxed=taxed)) for rule in rules),
        free=draw(
            st.none()
            | st.builds(
                FreeAllowance,
                seconds=LENGTHS,
                when_exceeded=st.sampled_from(["deducted", "lost"]),
                limit=st.none() | limits,
            )
        ),
        entry_fee=draw(PRICES),
        entry_tax_bp=draw(st.none() | st.integers(0, 3000)) if taxed else None,
        caps=tuple(draw(caps(f"cap{number}-{index}", rules)) for index in range(draw(st.integers(0, 3)))),
        short_stay=draw(st.none() | st.builds(ShortStay, below_s=LENGTHS)),
        short_parts=tuple(draw(st.lists(pairs, max_size=2))) if len(rules) > 1 else (),
    )


@st.composite
def legals(draw: st.DrawFn) -> LegalBasis:
    form = draw(st.sampled_from(get_args(PriceForm)))
    is_float = draw(YES)
    first, last = sorted(draw(st.tuples(DAYS, DAYS)))
    return LegalBasis(
        document=draw(WORDS),
        authority=draw(WORDS),
        form=form,
        source=draw(WORDS),
        tick=draw(st.integers(1, 500)),
        notice_working_days=draw(st.integers(0, 30)),
        float_percent=draw(st.integers(0, 100)) if form == "government_guided" and is_float else None,
        ceiling=draw(st.integers(0, 5000)) if form == "government_guided" and not is_float else None,
        valid_from=draw(st.none() | st.just(first)),
        valid_to=draw(st.none() | st.just(last)),
    )


@st.composite
def quotas(draw: st.DrawFn, number: int) -> TimeQuota:
    return TimeQuota(
        quota_id=f"q{number}",
        seconds=draw(LENGTHS),
        energies=draw(subsets(Energy)),
        stacks_on_free=draw(YES),
        short_stays_use_nothing=draw(YES),
        **draw(windows()),
    )


@st.composite
def charging_rules(draw: st.DrawFn, rules: list[str]) -> ChargingRule:
    return ChargingRule(
        while_charging=draw(st.sampled_from(["free", "charged"])),
        grace_s=draw(st.integers(0, 7200)),
        idle_percent=draw(st.sampled_from([100, 150, 300])),
        idle_rules=draw(st.frozensets(st.sampled_from(rules))),
        idle_uses_quota=draw(YES),
        idle_uses_free=draw(YES),
    )


@st.composite
def tables(draw: st.DrawFn) -> RateTable:
    tax = draw(st.none() | st.builds(Tax, bp=st.integers(0, 3000), included=YES))
    made = tuple(draw(collections(number, taxed=tax is not None)) for number in range(draw(st.integers(1, 2))))
    rules = [line.rule_id for collection in made for line in collection.lines]
    return RateTable(
        rate_table_id="table-1",
        version=draw(st.integers(1, 99)),
        title=draw(WORDS),
        title_en=draw(WORDS),
        currency=draw(st.sampled_from(["CNY", "EUR", "USD"])),
        timezone=draw(st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "UTC"])),
        calendar=draw(st.sampled_from(["CN", "DE"])),
        price_moment=draw(st.sampled_from(["entry", "as_you_go"])),
        legal=draw(legals()),
        collections=made,
        quotas=tuple(draw(quotas(number)) for number in range(draw(st.integers(0, 2)))),
        exemptions=tuple(
            Exemption(exempt_class=name, proof=proof)
            for name, proof in draw(st.dictionaries(WORDS, WORDS, max_size=3)).items()
        ),
        charging=draw(st.none() | charging_rules(rules)),
        discounts=tuple(
            Discount(payment_method=name, percent=percent)
            for name, percent in draw(st.dictionaries(WORDS, st.integers(1, 100), max_size=2)).items()
        ),
        tax=tax,
        rounding=draw(st.builds(FeeRounding, to=st.integers(1, 100), mode=st.sampled_from(["half_up", "down", "up"]))),
    )
