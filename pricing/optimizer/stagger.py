"""Moves that take effect now and moves that wait one period, by lot, so that the city learns what prices do.

The zones of which any price would move are drawn within blocks of area class (`pricing.demand.assignment`). Those that wait keep their prices as
fixed ones, and the others are solved again around them, so that every limit holds for the prices that will stand together. A zone that waited the
last time moves now, and so does one that may not stay where it is: neither is in the lottery.

Whether a lottery is held at all is decided before the draw: only where all of its zones could wait at once. Then some of them can as well, as the others may
also stay, and who is called off does not depend on who was drawn, which would let the limits into what chance must decide.
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
from pricing.optimizer.propose import Method, Proposed, can_hold, propose

CHANCES: Final[Mapping[Staggering, float]] = {"halves": 0.5, "thirds": 2.0 / 3.0}
"""Of moving now."""


@dataclass(frozen=True, kw_only=True)
class Wave:
    """What is proposed, and the lottery that decided it; no lots where none was held."""

    proposed: Proposed
    lots: tuple[Lot, ...]
    is_called_off: bool = False
    """No prices obey all limits while all zones of the lottery keep theirs: all move now, and nothing is learnt."""

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
    waited: AbstractSet[str],
) -> Wave:
    """The proposals of a period that began on `after`; zones in `waited` did the last time. Raises as `propose`."""
    whole = propose(policy, cells, zones, method)
    chance = CHANCES.get(policy.stagger)
    if chance is None:
        return Wave(proposed=whole, lots=())
    moves = [p for p in whole.proposals if p.price_proposed != p.cell.price]
    bound = waited | {p.cell.zone_id for p in moves if not _may_stay(policy, p.cell) or not p.price_proposed}
    block_of = {p.cell.zone_id: zones[p.cell.zone_id].area_class for p in moves if p.cell.zone_id not in bound}
    if not block_of:
        return Wave(proposed=whole, lots=())
    if not can_hold(policy, _held(cells, block_of.keys()), zones):
        return Wave(proposed=whole, lots=(), is_called_off=True)
    now = draw(block_of, chance, (policy.stagger_seed, after.toordinal()))
    proposed = propose(policy, _held(cells, block_of.keys() - now), zones, method)
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


def waited_of(lots: Sequence[Lot], after: date) -> frozenset[str]:
    """Zones that the last wave before the one `after` this day drew to wait."""
    before = [lot for lot in lots if lot.after < after]
    last = max((lot.after for lot in before), default=None)
    return frozenset(lot.key.zone_id for lot in before if lot.after == last and not lot.is_now)


def _may_stay(policy: PricingPolicy, cell: Cell) -> bool:
    return cell.price > 0 and cell.price in choices(policy, cell)


def _held(cells: Sequence[Cell], waiting: AbstractSet[str]) -> list[Cell]:
    """Cells of waiting zones with their prices fixed; what a person fixed stays so."""
    return [
        replace(cell, fixed=cell.price, waits=True) if cell.zone_id in waiting and cell.fixed is None else cell
        for cell in cells
    ]
