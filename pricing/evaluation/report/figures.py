"""The numbers of the headline, added up over the cells."""

from collections.abc import Sequence
from dataclasses import dataclass

from pricing.optimizer.model import Proposal


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Cells whose price moves one way."""

    cells: int
    parked: float
    """Their share of all hours parked in the period that was measured."""
    change: float
    """Mean change of price over these hours, minor units."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Of all proposals; prices are means over spaces × hours."""

    cells: int
    zones: int
    up: Moved
    down: Moved
    same: Moved
    price_now: float
    price_then: float
    measured: bool
    """Whether every response to price was measured by an experiment."""


def summary_of(proposals: Sequence[Proposal]) -> Summary:
    weight = sum(one.cell.weight for one in proposals) or 1.0
    return Summary(
        cells=len(proposals),
        zones=len({one.cell.zone_id for one in proposals}),
        up=_moved(proposals, 1),
        down=_moved(proposals, -1),
        same=_moved(proposals, 0),
        price_now=sum(one.cell.price * one.cell.weight for one in proposals) / weight,
        price_then=sum(one.price_proposed * one.cell.weight for one in proposals) / weight,
        measured=all(one.cell.response.source == "experiment" for one in proposals),
    )


def direction(proposal: Proposal) -> int:
    return (proposal.price_proposed > proposal.cell.price) - (proposal.price_proposed < proposal.cell.price)


def _moved(proposals: Sequence[Proposal], way: int) -> Moved:
    chosen = [one for one in proposals if direction(one) == way]
    everything = sum(_parked(one) for one in proposals) or 1.0
    parked = sum(_parked(one) for one in chosen)
    change = sum((one.price_proposed - one.cell.price) * _parked(one) for one in chosen)
    return Moved(cells=len(chosen), parked=parked / everything, change=change / parked if parked else 0.0)


def _parked(proposal: Proposal) -> float:
    return proposal.cell.occupancy * proposal.cell.weight
