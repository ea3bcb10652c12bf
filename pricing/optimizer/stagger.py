"""Moves that take effect now and moves that wait one period, by lot, so that the city learns what prices do.

The zones of which any price would move are drawn within blocks of area class (`pricing.demand.assignment`). Those that wait keep their prices as
fixed ones, and the others are solved again around them, so that every limit holds for the prices that will stand together. A zone that waited the
last time moves now, and so does one that may not stay where it is: neither is in the lottery.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from pricing.demand.assignment import draw
from pricing.demand.waves import Lot
from pricing.history.periods import CellKey
from pricing.optimizer.choices import choices
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone, Staggering
from pricing.optimizer.propose import Method, PolicyInfeasibleError, Proposed, propose

CHANCES: Final[Mapping[Staggering, float]] = {"halves": 0.5, "thirds": 2.0 / 3.0}
"""Of moving now."""


@dataclass(frozen=True, kw_only=True)
class Wave:
    """What is proposed, and the lottery that decided it; no lots where none was held."""

    proposed: Proposed
    lots: tuple[Lot, ...]
    is_called_off: bool = False
    """No prices obey all limits while those drawn to wait keep theirs: all move now, and nothing is learnt."""

    @property
    def waiting(self) -> frozenset[str]:
        """Zones drawn to wait."""
        return frozenset(lot.key.zone_id for lot in self.lots if not lot.is_now)


def stagger(
    policy: PricingPolicy,
    cells: Sequence[Cell],
    zones: dict[str, PricingZone],
    method: Method,
    *,
    after: date,
    earlier: Sequence[Lot],
) -> Wave:
    """The proposals of a period that began on `after`, given the lots of the waves before it. Raises as `propose`."""
    whole = propose(policy, cells, zones, method)
    chance = CHANCES.get(policy.stagger)
    if chance is None:
        return Wave(proposed=whole, lots=())
    before = [lot for lot in earlier if lot.after < after]
    moves = [p for p in whole.proposals if p.price_proposed != p.cell.price]
    bound = _waited(before) | {p.cell.zone_id for p in moves if not _may_stay(policy, p.cell) or not p.price_proposed}
    block_of = {p.cell.zone_id: zones[p.cell.zone_id].area_class for p in moves if p.cell.zone_id not in bound}
    now = draw(block_of, chance, (policy.stagger_seed, after.toordinal()))
    try:
        proposed = propose(policy, _held(cells, block_of.keys() - now), zones, method)
    except PolicyInfeasibleError:
        return Wave(proposed=whole, lots=(), is_called_off=True)
    lots = tuple(
        Lot(
            after=after,
            key=CellKey(p.cell.zone_id, p.cell.day_type, p.cell.band),
            block=block_of[p.cell.zone_id],
            chance=chance,
            is_now=p.cell.zone_id in now,
            price=p.cell.price,
            wanted=p.price_proposed,
        )
        for p in moves
        if p.cell.zone_id in block_of
    )
    return Wave(proposed=proposed, lots=lots)


def _may_stay(policy: PricingPolicy, cell: Cell) -> bool:
    return cell.price > 0 and cell.price in choices(policy, cell)


def _held(cells: Sequence[Cell], waiting: AbstractSet[str]) -> list[Cell]:
    """Cells of waiting zones with their prices fixed; what a person fixed stays so."""
    return [
        replace(cell, fixed=cell.price, waits=True) if cell.zone_id in waiting and cell.fixed is None else cell
        for cell in cells
    ]


def _waited(lots: Sequence[Lot]) -> frozenset[str]:
    """Zones that the last wave drew to wait."""
    last = max((lot.after for lot in lots), default=None)
    return frozenset(lot.key.zone_id for lot in lots if lot.after == last and not lot.is_now)
