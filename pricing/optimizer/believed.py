"""Which response each cell is judged by: that of its area class and band in an estimate."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pricing.demand.estimate import Estimate
from pricing.optimizer.model import Cell, PricingZone


def responding(cells: Sequence[Cell], zones: Mapping[str, PricingZone], estimate: Estimate) -> tuple[Cell, ...]:
    """Cells of groups that the estimate does not know keep what was believed of them."""
    return tuple(
        replace(cell, response=estimate.of(zones[cell.zone_id].area_class, cell.band) or cell.response)
        for cell in cells
    )
