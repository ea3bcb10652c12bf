"""Which response each cell is judged by: that of its area class and band in an estimate, made for the limits of a policy."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pricing.demand.estimate import Estimate
from pricing.demand.estimating import estimated
from pricing.demand.waves import Lot
from pricing.history.periods import PricingHistory
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.neighbours import neighbour_zones


def estimate_for(
    policy: PricingPolicy, history: PricingHistory, lots: Sequence[Lot], zones: Mapping[str, PricingZone]
) -> Estimate:
    """What the lotteries of a history say; the policy tells who is a neighbour, and seeds the re-drawn lotteries."""
    near = neighbour_zones(list(zones.values()), policy.neighbour_m) if policy.neighbour_m is not None else []
    area_class = {zone_id: zone.area_class for zone_id, zone in zones.items()}
    return estimated(history, lots, area_class, near, seed=policy.stagger_seed)


def responding(cells: Sequence[Cell], zones: Mapping[str, PricingZone], estimate: Estimate) -> tuple[Cell, ...]:
    """Cells of groups that the estimate does not know keep what was believed of them. A prior says nothing of neighbours."""
    nearby = estimate.neighbours.response if estimate.neighbours.source == "experiment" else None
    return tuple(
        replace(
            cell,
            response=estimate.of(zones[cell.zone_id].area_class, cell.band) or cell.response,
            nearby=nearby,
        )
        for cell in cells
    )
