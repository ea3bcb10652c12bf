"""Which next prices a cell may have by itself: floor, cap, tick, step, affordability and frozen zones, before cells meet."""

from typing import Final

from pricing.optimizer.model import Cell, PricingPolicy

FARTHEST: Final = 2
"""So many times the highest price that anything speaks of is looked at where every limit from above is lifted."""


def bounds(policy: PricingPolicy, cell: Cell, *, without: frozenset[str] = frozenset()) -> tuple[int, int]:
    """Floor and cap of the policy, narrowed by the zone's affordability cap and by the cell's own document."""
    lows = {"floor": policy.floor, "document": cell.lowest}
    highs = {
        "cap": policy.cap,
        "affordability_cap": policy.affordability_caps.get(cell.zone_id),
        "document": cell.highest,
    }
    low = max((one for name, one in lows.items() if one is not None and name not in without), default=0)
    high = min(
        (one for name, one in highs.items() if one is not None and name not in without),
        default=FARTHEST * max(policy.cap, cell.highest or 0, cell.price),
    )
    return low, high


def bound_of(policy: PricingPolicy, cell: Cell, price: int) -> str | None:
    """The limit that the price lies below or above; None within them. The document's is named before a policy's that says the same."""
    low, high = bounds(policy, cell)
    if price < low:
        return "document_floor" if low == cell.lowest else "floor"
    if price <= high:
        return None
    if high == cell.highest:
        return "document_ceiling"
    return "affordability_cap" if high == policy.affordability_caps.get(cell.zone_id) else "cap"


def choices(policy: PricingPolicy, cell: Cell, *, without: frozenset[str] = frozenset()) -> tuple[int, ...]:
    """All allowed prices in rising order; empty when no tick lies within a step, or the bounds leave nothing between them.

    A price outside floor and cap moves towards them by at most a step, and as far as it can. `without` names limits
    (`floor`, `cap`, `affordability_cap`, `document`, `step`, `frozen`, `edited`, `staggered`) that are lifted while the cause of a conflict is sought.
    """
    if cell.fixed is not None and ("staggered" if cell.waits else "edited") not in without:
        return (cell.fixed,)
    if cell.zone_id in policy.frozen and "frozen" not in without:
        return (cell.price,)
    floor, cap = bounds(policy, cell, without=without)
    if floor > cap:
        return ()
    low, high = floor, cap
    if "step" not in without:
        low, high = max(low, cell.price - policy.step_down), min(high, cell.price + policy.step_up)
    if low > high:
        reach = cell.price + policy.step_up if cell.price < floor else cell.price - policy.step_down
        low = high = reach
        tick = reach - reach % policy.tick
        nearest = tick if cell.price < floor else -(-reach // policy.tick) * policy.tick
        return (nearest,) if nearest != cell.price else ()
    first = -(-low // policy.tick) * policy.tick
    return tuple(range(first, high + 1, policy.tick))
