"""From proposed prices to rate tables: places that get the same prices share one derived version. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parking.domain.errors import InvalidInputError
from parking.places.model import PlaceKind
from pricing.proposals.model import ProposalCell
from pricing.rates.model import RateTable


@dataclass(frozen=True, kw_only=True)
class Change:
    """New unit prices, by the line's `rule_id`, for one kind of place in some zones priced by one version now."""

    rate_table_id: str
    version: int
    price_document_id: str
    kind: PlaceKind
    zone_ids: tuple[str, ...]
    unit_prices: tuple[tuple[str, int], ...]


def changes(cells: Sequence[ProposalCell]) -> tuple[Change, ...]:
    """Of the places in which any price moves; raises `InvalidInputError` (`price_does_not_divide`)."""
    places: defaultdict[tuple[str, PlaceKind], list[ProposalCell]] = defaultdict(list)
    for cell in cells:
        places[cell.zone_id, cell.kind].append(cell)
    groups: defaultdict[tuple[str, int, str, PlaceKind, tuple[tuple[str, int], ...]], list[str]] = defaultdict(list)
    for (zone_id, kind), own in places.items():
        prices = tuple(sorted((cell.rule_id, cell.unit_price_proposed) for cell in own if cell.moves))
        if prices:
            groups[own[0].rate_table_id, own[0].version, own[0].price_document_id, kind, prices].append(zone_id)
    return tuple(
        Change(
            rate_table_id=rate_table_id,
            version=version,
            price_document_id=document,
            kind=kind,
            zone_ids=tuple(sorted(zone_ids)),
            unit_prices=prices,
        )
        for (rate_table_id, version, document, kind, prices), zone_ids in sorted(groups.items())
    )


def derived(base: RateTable, change: Change) -> RateTable:
    """The base with the new prices, for the change's area class and kind only; its version is given when it is kept.

    Raises `InvalidInputError` (`rule_unknown`) when the base has no such line.
    """
    prices = dict(change.unit_prices)
    moved = [line for line in base.lines if line.rule_id in prices]
    if {line.rule_id for line in moved} != prices.keys():
        raise InvalidInputError("the table has no such line", code="rule_unknown")
    classes = {line.area_class for line in moved}
    lines = tuple(
        replace(line, kinds=frozenset({change.kind}), unit_price=prices.get(line.rule_id, line.unit_price))
        for line in base.lines
        if line.area_class in classes and change.kind in line.kinds
    )
    return replace(base, lines=lines)
