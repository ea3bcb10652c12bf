"""Which limits contradict each other: a set of them none of which can be spared from the contradiction."""

from collections.abc import Callable, Sequence
from math import gcd
from typing import Final

from parking.domain.errors import UnavailableError
from pricing.optimizer.model import Cell, PricingPolicy

LIMITS: Final = (
    "staggered",
    "edited",
    "revenue_floor",
    "max_distinct_prices",
    "neighbour_max_difference",
    "order",
    "affordability_cap",
    "frozen",
    "cap",
    "floor",
    "document",
    "tick",
    "step",
)
"""In the order in which they are tried away; a cap or floor that only repeats what a document says gives way to the document."""
FINEST: Final = 20
"""A tick that is lifted is not divided further."""


def conflict(feasible_without: Callable[[frozenset[str]], bool]) -> tuple[str, ...]:
    """A deletion filter: each limit in turn is left away for good where the others contradict each other without it.

    A limit without which the solver finds nothing in its time is named: it cannot be said that it is spared.
    """
    lifted: frozenset[str] = frozenset()
    for limit in LIMITS:
        try:
            is_needed = feasible_without(lifted | {limit})
        except UnavailableError:
            is_needed = True
        if not is_needed:
            lifted |= {limit}
    return tuple(limit for limit in reversed(LIMITS) if limit not in lifted)


def lifted_tick(policy: PricingPolicy, cells: Sequence[Cell]) -> int:
    """A grid fine enough for every price and difference that the other limits speak of."""
    every = [
        policy.tick,
        policy.floor,
        policy.cap,
        policy.step_up,
        policy.step_down,
        *policy.affordability_caps.values(),
    ]
    every += [
        value for cell in cells for value in (cell.price, cell.lowest, cell.highest, cell.fixed) if value is not None
    ]
    return max(gcd(*every, policy.neighbour_max_difference or 0), -(-policy.tick // FINEST))
