"""Proposals by the rule: its wish for every cell, moved to the nearest prices that obey every limit, and explained."""

from collections.abc import Callable, Sequence
from typing import Final

from parking.domain.errors import ConflictError
from pricing.optimizer.choices import bounds, choices
from pricing.optimizer.feasible import Problem
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone, Proposal
from pricing.optimizer.neighbours import neighbour_cells
from pricing.optimizer.response import PRIOR_MEAN, PRIOR_SD, expected_occupancy, interval
from pricing.optimizer.rule import wish

LIMITS: Final = ("revenue_floor", "max_distinct_prices", "neighbour_max_difference", "order", "frozen", "step")
"""Limits that can contradict each other, in the order in which they are tried away."""


class PolicyInfeasibleError(ConflictError):
    """No proposal satisfies every limit; the detail names limits that cannot hold together."""

    code = "policy_infeasible"


def propose_by_rule(
    policy: PricingPolicy, cells: Sequence[Cell], zones: dict[str, PricingZone]
) -> tuple[Proposal, ...]:
    """One proposal per cell, in the order of the cells.

    Raises `PolicyInfeasibleError` when the limits contradict each other.
    """
    wishes = [wish(policy, cell) for cell in cells]
    solution = _problem(policy, cells, zones, wishes, frozenset()).solve()
    if solution is None:
        conflict = _conflict(lambda lifted: _problem(policy, cells, zones, wishes, lifted).solve() is not None)
        raise PolicyInfeasibleError(
            f"these limits cannot hold together: {', '.join(conflict)}", fields={"limits": list(conflict)}
        )
    prices = solution.prices
    tight = _tight_pairs(policy, cells, zones, prices)
    return tuple(
        _proposal(policy, cell, wished, price, is_tight=index in tight)
        for index, (cell, wished, price) in enumerate(zip(cells, wishes, prices, strict=True))
    )


def _problem(
    policy: PricingPolicy,
    cells: Sequence[Cell],
    zones: dict[str, PricingZone],
    wishes: Sequence[int],
    without: frozenset[str],
) -> Problem:
    options = [choices(policy, cell, without=without) for cell in cells]
    costs = [
        [abs(price - wished) * cell.weight for price in row]
        for cell, wished, row in zip(cells, wishes, options, strict=True)
    ]
    return Problem(cells, options, costs, policy, zones, without)


def _conflict(feasible_without: Callable[[frozenset[str]], bool]) -> tuple[str, ...]:
    """A set of limits none of which can be spared from the contradiction (deletion filter)."""
    lifted: frozenset[str] = frozenset()
    for limit in LIMITS:
        if not feasible_without(lifted | {limit}):
            lifted |= {limit}
    return ("floor", "cap", "tick", *(limit for limit in reversed(LIMITS) if limit not in lifted))


def _tight_pairs(
    policy: PricingPolicy, cells: Sequence[Cell], zones: dict[str, PricingZone], prices: Sequence[int]
) -> frozenset[int]:
    limit = policy.neighbour_max_difference
    if limit is None:
        return frozenset()
    pairs = neighbour_cells(policy, cells, zones)
    return frozenset(index for i, j in pairs if abs(prices[i] - prices[j]) == limit for index in (i, j))


def _binding(policy: PricingPolicy, cell: Cell, wished: int, price: int, *, is_tight: bool) -> tuple[str, ...]:
    if price == wished:
        return ()
    if cell.zone_id in policy.frozen:
        return ("frozen",)
    alone = min(choices(policy, cell), key=lambda option: abs(option - wished))
    if abs(price - wished) == abs(alone - wished):
        floor, cap = bounds(policy, cell)
        if wished < floor:
            return ("floor",) if floor == policy.floor else ("document_floor",)
        if wished > cap:
            return ("cap",) if cap == policy.cap else ("document_ceiling",)
        return ("step",) if price % policy.tick == wished % policy.tick == 0 else ("tick",)
    joint = {
        "neighbour_max_difference": is_tight,
        "order": bool(policy.order),
        "max_distinct_prices": policy.max_distinct_prices is not None,
        "revenue_floor": policy.revenue_floor is not None,
    }
    return tuple(name for name, is_active in joint.items() if is_active)


def _proposal(policy: PricingPolicy, cell: Cell, wished: int, price: int, *, is_tight: bool) -> Proposal:
    low, high = interval(cell.occupancy, cell.price, price)
    binding = _binding(policy, cell, wished, price, is_tight=is_tight)
    step = _signed(wished - cell.price)
    return Proposal(
        cell=cell,
        price_proposed=price,
        rule_price=price,
        expected_occupancy=expected_occupancy(cell.occupancy, cell.price, price),
        expected_low=low,
        expected_high=high,
        binding=binding,
        reason=(
            f"measured {cell.occupancy:.1%}, the rule moves {step} an hour; response is a prior "
            f"({PRIOR_MEAN} ± {PRIOR_SD}), not an estimate"
            f" / 实测 {cell.occupancy:.1%}，规则每小时调整 {step}；价格响应为先验值，非估计值"
        ),
    )


def _signed(minor: int) -> str:
    """Such as +0.50 for 50 minor units."""
    whole, part = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else '+'}{whole}.{part:02d}"
