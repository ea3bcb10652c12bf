"""Which limits of a policy prices break, looked at one by one and by no solver."""

from collections.abc import Sequence

import numpy as np

from pricing.optimizer.choices import choices
from pricing.optimizer.expected import revenues
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.neighbours import neighbour_cells

_REACHED = 1.0 - 1e-9


def violations(
    policy: PricingPolicy, cells: Sequence[Cell], zones: dict[str, PricingZone], prices: Sequence[int]
) -> tuple[str, ...]:
    """Names of the limits, empty where all hold; `own` for those of a cell by itself: floor, cap, tick, step and frozen."""
    broken = {
        "own": any(price not in choices(policy, cell) for cell, price in zip(cells, prices, strict=True)),
        "max_distinct_prices": policy.max_distinct_prices is not None and len(set(prices)) > policy.max_distinct_prices,
        "neighbour_max_difference": policy.neighbour_max_difference is not None
        and any(
            abs(prices[i] - prices[j]) > policy.neighbour_max_difference
            for i, j in neighbour_cells(policy, cells, zones)
        ),
        "revenue_floor": policy.revenue_floor is not None
        and float(revenues(cells, np.arange(len(cells)), np.asarray(prices)).sum()) < policy.revenue_floor * _REACHED,
        "order": _is_out_of_order(policy, cells, zones, prices),
    }
    return tuple(name for name, is_broken in broken.items() if is_broken)


def _is_out_of_order(
    policy: PricingPolicy, cells: Sequence[Cell], zones: dict[str, PricingZone], prices: Sequence[int]
) -> bool:
    """Whether any zone of a cheaper class is above one of a dearer class in the same day type and band."""
    rank = {area_class: number for number, area_class in enumerate(policy.order)}
    by_time: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for cell, price in zip(cells, prices, strict=True):
        area_class = zones[cell.zone_id].area_class
        if area_class in rank:
            by_time.setdefault((cell.day_type, cell.band), []).append((rank[area_class], price))
    return any(cheaper > dearer for one in by_time.values() for a, dearer in one for b, cheaper in one if b > a)
