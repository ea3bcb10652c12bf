"""What a price document lets move, and whether a rate table keeps within it. Pure.

A government document names its prices, a float around them and a tick; a market-priced lot has no limits but still a
document. Kerb prices are never the market's. Caps and discounts only lower a price, so that they need no limit.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from parking.domain.errors import InvalidInputError
from pricing.rates.model import PeriodUnit, RateLine, RateLineCollection, RateTable, VehicleRate

LimitMode = Literal["per_unit", "per_use", "steps", "tiers", "entry"]
_WHOLE: Final = 100


class PriceNotAllowedError(InvalidInputError):
    """The document does not allow a price; a proposal beyond it is a dossier for the authority, not a tariff."""

    code = "price_beyond_document"


@dataclass(frozen=True, kw_only=True)
class PriceLimit:
    """Bounds of one kind of price for one class of vehicles, in minor units; both ends are allowed."""

    area_class: str
    kind: str
    vehicle_class: str
    mode: LimitMode
    unit_s: int | None
    """Of a unit, or the `up_to_s` of a tier; None for one use, an entry, a period, and a tier without end."""
    lowest: int
    highest: int
    tick: int
    period: PeriodUnit | None = None
    step: int | None = None
    """Which step or tier, from 1; None in the other modes."""
    idle: bool = False
    """True for what a vehicle pays that stands on a charging space without charging."""


class _Price(NamedTuple):
    """One price that a line or an entry can charge, and what kind of price it is."""

    mode: LimitMode
    unit_s: int | None
    period: PeriodUnit | None
    step: int | None
    amount: int


class _Case(NamedTuple):
    """Who pays it where; `percent` is of the price that the line names, in hundredths of a percent."""

    area_class: str
    kind: str
    vehicle_class: str
    percent: int
    idle: bool


def limit_of(
    limits: Iterable[PriceLimit], line: RateLine, *, area_class: str, kind: str, vehicle_class: str
) -> PriceLimit | None:
    """The limit that speaks of a line with one price (`per_unit`, `per_use`); None when the document is silent."""
    price = next(_prices_of(line), None)
    case = _Case(area_class, kind, vehicle_class, _WHOLE * _WHOLE, idle=False)
    return None if price is None or price.step is not None else _speaking(limits, case, price)


def refuse_beyond(table: RateTable, form: str, limits: Iterable[PriceLimit]) -> None:
    """Raise `PriceNotAllowedError` for the first price that the document of this form does not allow.

    Codes: `price_beyond_document`, `price_off_tick`, `price_not_in_document` where the document is silent about a price, and
    those of `refuse_beyond_basis`.
    """
    known = tuple(limits)
    refuse_beyond_basis(table, form)
    if form == "market" and not known:
        return
    for collection in table.collections:
        for case in _cases(table, collection):
            _refuse_case(table, collection, case, known)


def refuse_beyond_basis(table: RateTable, form: str) -> None:
    """Raise `PriceNotAllowedError` for what the table's own legal basis forbids, whatever the document's limits are.

    Codes: `price_beyond_ceiling`, `price_off_tick`, `kerb_price_by_market`.
    """
    for collection in table.collections:
        if form == "market" and "kerb" in collection.eligibility.kinds:
            raise PriceNotAllowedError(
                f"{collection.collection_id}: kerb prices are set or guided by government",
                code="kerb_price_by_market",
                fields=_place(table, collection.collection_id),
            )
        for rule, price in _priced(collection):
            _refuse_by_basis(table, rule, price)


def _refuse_by_basis(table: RateTable, rule: str, price: _Price) -> None:
    legal = table.legal
    if legal.ceiling is not None and price.amount > legal.ceiling:
        raise PriceNotAllowedError(
            f"{rule}: {price.amount} is above the ceiling of {legal.ceiling}",
            code="price_beyond_ceiling",
            fields=_place(table, rule) | {"price": price.amount, "highest": legal.ceiling},
        )
    if price.amount % legal.tick:
        raise PriceNotAllowedError(
            f"{rule}: {price.amount} is no multiple of {legal.tick}",
            code="price_off_tick",
            fields=_place(table, rule) | {"price": price.amount, "tick": legal.tick},
        )


def _refuse_case(table: RateTable, collection: RateLineCollection, case: _Case, limits: tuple[PriceLimit, ...]) -> None:
    for rule, price in _priced(collection):
        if case.idle and not _rises_idle(table, collection, rule):
            continue
        asked = price.amount * case.percent
        if asked == 0:
            continue
        where = f"{rule} ({case.area_class}, {case.kind}, {case.vehicle_class}{', idle' if case.idle else ''})"
        fields = _place(table, rule) | {
            "area_class": case.area_class,
            "kind": case.kind,
            "vehicle_class": case.vehicle_class,
            "idle": case.idle,
            "price": asked // (_WHOLE * _WHOLE),
        }
        limit = _speaking(limits, case, price)
        if limit is None:
            raise PriceNotAllowedError(
                f"{where}: the document says nothing of this price", code="price_not_in_document", fields=fields
            )
        whole = _WHOLE * _WHOLE
        if not limit.lowest * whole <= asked <= limit.highest * whole:
            raise PriceNotAllowedError(
                f"{where}: {fields['price']} is outside {limit.lowest} to {limit.highest} of the document",
                fields=fields | {"lowest": limit.lowest, "highest": limit.highest},
            )
        if asked % (limit.tick * whole):
            raise PriceNotAllowedError(
                f"{where}: {fields['price']} is no multiple of {limit.tick}",
                code="price_off_tick",
                fields=fields | {"tick": limit.tick},
            )


def _priced(collection: RateLineCollection) -> Iterator[tuple[str, _Price]]:
    """Every price of the collection with its rule; the entry fee goes by the collection's id."""
    if collection.entry_fee:
        yield collection.collection_id, _Price("entry", None, None, None, collection.entry_fee)
    for line in collection.lines:
        for price in _prices_of(line):
            yield line.rule_id, price


def _prices_of(line: RateLine) -> Iterator[_Price]:
    if line.mode == "per_unit":
        yield _Price("per_unit", line.unit_s, None if line.period is None else line.period.unit, None, line.unit_price)
    elif line.mode == "per_use":
        yield _Price("per_use", None, None, None, line.unit_price)
    elif line.mode == "steps":
        for number, step in enumerate(line.steps, start=1):
            yield _Price("steps", step.unit_s, None, number, step.unit_price)
    elif line.mode == "tiers":
        for number, tier in enumerate(line.tiers, start=1):
            yield _Price("tiers", tier.up_to_s, None, number, tier.price)


def _cases(table: RateTable, collection: RateLineCollection) -> Iterator[_Case]:
    for area_class in sorted(collection.eligibility.area_classes):
        for kind in sorted(collection.eligibility.kinds):
            for vehicle in collection.eligibility.vehicles:
                yield from _cases_of(table, collection, vehicle, (area_class, kind))


def _cases_of(
    table: RateTable, collection: RateLineCollection, vehicle: VehicleRate, place: tuple[str, str]
) -> Iterator[_Case]:
    yield _Case(*place, vehicle.vehicle_class, vehicle.percent * _WHOLE, idle=False)
    uses = collection.eligibility.uses
    if table.charging is not None and table.charging.idle_percent != _WHOLE and (not uses or "charging" in uses):
        yield _Case(*place, vehicle.vehicle_class, vehicle.percent * table.charging.idle_percent, idle=True)


def _rises_idle(table: RateTable, collection: RateLineCollection, rule: str) -> bool:
    """Whether standing idle changes this price: an entry fee never, a line where the table says so."""
    rules = table.charging.idle_rules if table.charging is not None else frozenset()
    return rule != collection.collection_id and (not rules or rule in rules)


def _speaking(limits: Iterable[PriceLimit], case: _Case, price: _Price) -> PriceLimit | None:
    wanted = (case.area_class, case.kind, case.vehicle_class, *price[:4], case.idle)
    return next((limit for limit in limits if _key(limit) == wanted), None)


def _key(limit: PriceLimit) -> tuple[object, ...]:
    place = (limit.area_class, limit.kind, limit.vehicle_class)
    return (*place, limit.mode, limit.unit_s, limit.period, limit.step, limit.idle)


def _place(table: RateTable, rule: str) -> dict[str, object]:
    return {"rate_table": table.rate_table_id, "version": table.version, "rule": rule}
