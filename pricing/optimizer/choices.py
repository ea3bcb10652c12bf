"""Which next prices a cell may have by itself: floor, cap, tick, step and frozen zones, before cells meet."""

from pricing.optimizer.model import Cell, PricingPolicy


def bounds(policy: PricingPolicy, cell: Cell) -> tuple[int, int]:
    """Floor and cap of the policy, narrowed by the cell's own document."""
    low = policy.floor if cell.lowest is None else max(policy.floor, cell.lowest)
    high = policy.cap if cell.highest is None else min(policy.cap, cell.highest)
    return low, high


def choices(policy: PricingPolicy, cell: Cell, *, without: frozenset[str] = frozenset()) -> tuple[int, ...]:
    """All allowed prices in rising order; empty when no tick lies within a step.

    A price outside floor and cap moves towards them by at most a step, and as far as it can. `without` names limits
    (`step`, `frozen`) that are lifted while the cause of a conflict is sought.
    """
    if cell.fixed is not None:
        return (cell.fixed,)
    if cell.zone_id in policy.frozen and "frozen" not in without:
        return (cell.price,)
    floor, cap = bounds(policy, cell)
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
