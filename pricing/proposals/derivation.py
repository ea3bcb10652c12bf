"""From proposed prices to rate tables: places that get the same prices share one derived version. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from parking.domain.errors import InvalidInputError
from parking.places.model import AreaClass, PlaceKind
from pricing.proposals.model import ProposalCell
from pricing.rates.model import ChargingRule, RateLineCollection, RateTable

_WHOLE: Final = 100


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
    """The base with the new prices, for the change's kind and area classes only; its version is given when it is kept.

    Everything else of the table stays: its other lines, quotas, exemptions and ways of paying. Raises
    `InvalidInputError` (`rule_unknown`) when the base has no such line for the kind.
    """
    prices = dict(change.unit_prices)
    of_kind = [one for one in base.collections if change.kind in one.eligibility.kinds]
    moved = [one for one in of_kind if any(line.rule_id in prices for line in one.lines)]
    if not prices.keys() <= {line.rule_id for one in moved for line in one.lines}:
        raise InvalidInputError("the table has no such line", code="rule_unknown")
    classes = frozenset[AreaClass]().union(*(one.eligibility.area_classes for one in moved))
    collections = tuple(
        _narrowed(one, change.kind, classes, prices) for one in of_kind if one.eligibility.area_classes & classes
    )
    rules = frozenset(line.rule_id for one in collections for line in one.lines)
    return replace(base, collections=collections, charging=_charging(base.charging, rules))


def _narrowed(
    collection: RateLineCollection, kind: PlaceKind, classes: frozenset[AreaClass], prices: Mapping[str, int]
) -> RateLineCollection:
    who = collection.eligibility
    return replace(
        collection,
        eligibility=replace(who, kinds=frozenset({kind}), area_classes=who.area_classes & classes),
        lines=tuple(replace(line, unit_price=prices.get(line.rule_id, line.unit_price)) for line in collection.lines),
    )


def _charging(rule: ChargingRule | None, rules: frozenset[str]) -> ChargingRule | None:
    """Of a surcharge for some lines what is left of them; none left is no surcharge, where an empty set would be all."""
    if rule is None or not rule.idle_rules:
        return rule
    kept = rule.idle_rules & rules
    return replace(rule, idle_rules=kept) if kept else replace(rule, idle_rules=kept, idle_percent=_WHOLE)
