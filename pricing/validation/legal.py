"""Whether the law's frame is in the table: form, tick, ceiling or float, and prices within them (street.md)."""

from collections.abc import Iterator

from pricing.rates.model import RateLineCollection, RateTable
from pricing.rates.words import money
from pricing.validation.model import Finding, Path, error, warning

_WHOLE = 100
_Price = tuple[Path, str | None, int]


def legal(table: RateTable) -> Iterator[Finding]:
    """Findings `document_missing`, `tick_missing`, `limit_missing`, `kerb_price_by_market`, `price_off_tick`, `price_beyond_ceiling`."""
    basis = table.legal
    for key in ("document", "authority", "source"):
        if not str(getattr(basis, key)).strip():
            yield error("document_missing", ("legal", key), f"没有写明 {key}", f"legal.{key} says nothing")
    if basis.tick < 1:
        yield error("tick_missing", ("legal", "tick"), "没有写明价格最小变动单位", "prices have no tick to move on")
    yield from _limits(table)
    for number, collection in enumerate(table.collections):
        if basis.form == "market" and "kerb" in collection.eligibility.kinds:
            yield error(
                "kerb_price_by_market",
                ("collection", number, "kinds"),
                "道路停车收费实行政府定价或政府指导价,不得为市场调节价",
                "kerb prices are set or guided by government, never the market's",
                collection=collection.collection_id,
            )
        for price in _prices(("collection", number), collection):
            yield from _price(table, collection, price)


def _limits(table: RateTable) -> Iterator[Finding]:
    basis = table.legal
    named = (basis.float_percent is not None) + (basis.ceiling is not None)
    if basis.form == "government_guided" and named != 1:
        yield error(
            "limit_missing",
            ("legal",),
            "政府指导价应写明浮动幅度或最高价之一",
            "a guided price has a float_percent or a ceiling, one of them",
        )
    elif basis.form == "government_set" and named == 0:
        yield warning(
            "limit_missing",
            ("legal",),
            "政府定价没有写明浮动幅度或最高价;不得浮动时写 float_percent = 0",
            "neither float_percent nor ceiling; write float_percent = 0 where the set price leaves no room",
        )


def _prices(path: Path, collection: RateLineCollection) -> Iterator[_Price]:
    if collection.entry_fee:
        yield (*path, "entry_fee"), None, collection.entry_fee
    for number, line in enumerate(collection.lines):
        here = (*path, "line", number)
        if line.mode in {"per_unit", "per_use"}:
            yield (*here, "price"), line.rule_id, line.unit_price
        for position, step in enumerate(line.steps):
            yield (*here, "steps", position, "price"), line.rule_id, step.unit_price
        for position, tier in enumerate(line.tiers):
            yield (*here, "tiers", position, "price"), line.rule_id, tier.price


def _price(table: RateTable, collection: RateLineCollection, found: _Price) -> Iterator[Finding]:
    basis, (path, rule, price) = table.legal, found
    said = money(price, table.currency)
    place = {"collection": collection.collection_id, "rule": rule}
    if basis.ceiling is not None and price > basis.ceiling:
        most = money(basis.ceiling, table.currency)
        yield error(
            "price_beyond_ceiling",
            path,
            f"{said.zh}高于最高价 {most.zh}",
            f"{said.en} is above the ceiling of {most.en}",
            **place,
        )
    if basis.tick < 1:
        return
    tick = money(basis.tick, table.currency)
    if price % basis.tick:
        yield error(
            "price_off_tick",
            path,
            f"{said.zh}不是 {tick.zh}的整数倍",
            f"{said.en} is no multiple of {tick.en}",
            **place,
        )
        return
    for vehicle in collection.eligibility.vehicles:
        if price * vehicle.percent % (basis.tick * _WHOLE):
            yield warning(
                "price_off_tick",
                path,
                f"{vehicle.vehicle_class} 的价格({vehicle.percent}%)不是 {tick.zh}的整数倍",
                f"{vehicle.percent} % of it, for {vehicle.vehicle_class}, is no multiple of {tick.en}",
                **place,
            )
