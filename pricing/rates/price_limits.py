"""What a price document lets move, and whether a rate table keeps within it. Pure.

A government document names its prices, a float around them and a tick; a market-priced lot has no limits but still a
document. Kerb prices are never the market's.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from parking.domain.errors import InvalidInputError
from pricing.rates.model import RateLine, RateTable


class PriceNotAllowedError(InvalidInputError):
    """The document does not allow a price; a proposal beyond it is a dossier for the authority, not a tariff."""

    code = "price_beyond_document"


@dataclass(frozen=True, kw_only=True)
class PriceLimit:
    """Bounds of one kind of price, in minor units for one unit (or one use, `unit_s` None); both ends are allowed."""

    area_class: str
    kind: str
    vehicle_class: str
    mode: str
    unit_s: int | None
    lowest: int
    highest: int
    tick: int


def limit_of(limits: Iterable[PriceLimit], line: RateLine, kind: str) -> PriceLimit | None:
    """The limit that speaks of a line for one kind of place; None when the document is silent about it."""
    wanted = (line.area_class, kind, line.vehicle_class, line.mode, line.unit_s)
    return next(
        (
            limit
            for limit in limits
            if (limit.area_class, limit.kind, limit.vehicle_class, limit.mode, limit.unit_s) == wanted
        ),
        None,
    )


def refuse_beyond(table: RateTable, form: str, limits: Iterable[PriceLimit]) -> None:
    """Raise `PriceNotAllowedError` for the first price that the document of this form does not allow.

    Codes: `price_beyond_document`, `price_off_tick`, `price_not_in_document` where the document is silent about a price,
    `kerb_price_by_market`.
    """
    known = tuple(limits)
    for line in table.lines:
        for kind in sorted(line.kinds):
            _refuse_line(line, kind, form, known)


def _refuse_line(line: RateLine, kind: str, form: str, limits: tuple[PriceLimit, ...]) -> None:
    if form == "market":
        if kind == "kerb":
            raise PriceNotAllowedError(
                f"{line.rule_id}: kerb prices are set or guided by government", code="kerb_price_by_market"
            )
        if not limits:
            return
    if line.unit_price == 0:
        return
    limit = limit_of(limits, line, kind)
    if limit is None:
        raise PriceNotAllowedError(
            f"{line.rule_id}: the document says nothing of this price", code="price_not_in_document"
        )
    if not limit.lowest <= line.unit_price <= limit.highest:
        raise PriceNotAllowedError(
            f"{line.rule_id}: {line.unit_price} is outside {limit.lowest} to {limit.highest} of the document",
            fields={"rule": line.rule_id, "price": line.unit_price, "lowest": limit.lowest, "highest": limit.highest},
        )
    if line.unit_price % limit.tick:
        raise PriceNotAllowedError(
            f"{line.rule_id}: {line.unit_price} is no multiple of {limit.tick}", code="price_off_tick"
        )
