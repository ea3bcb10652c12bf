"""The next prices by the rule or by the optimizer, obeying every limit, and why each is what it is.

Both go through the same limits (`feasible`). The rule's wish is moved to the nearest prices that obey them; the optimizer's prices are those of
the least expected cost (`expected`). A cell that is within its target band keeps its price where the limits let it: to move it could only gain what
nobody can measure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from parking.domain.errors import ConflictError
from pricing.optimizer.choices import choices
from pricing.optimizer.expected import costs, expected, occupancies
from pricing.optimizer.explain import Decision, binding_of, reason_of
from pricing.optimizer.feasible import Problem, Solution
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone, Proposal
from pricing.optimizer.neighbours import neighbour_cells
from pricing.optimizer.rule import wish

LIMITS: Final = ("revenue_floor", "max_distinct_prices", "neighbour_max_difference", "order", "frozen", "step")
"""Limits that can contradict each other, in the order in which they are tried away."""
HOLD: Final = 0.05
"""What a tick of moving costs a cell within its band, in shares of occupancy: more than any price can promise it."""

Method = Literal["rule", "optimizer"]
Costs = Sequence[Sequence[float]]


class PolicyInfeasibleError(ConflictError):
    """No proposal satisfies every limit; the detail names limits that cannot hold together."""

    code = "policy_infeasible"


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """One proposal a cell, in their order; the prices cost at most `gap` more than the best, as a share of their cost."""

    proposals: tuple[Proposal, ...]
    gap: float


def propose(
    policy: PricingPolicy, cells: Sequence[Cell], zones: dict[str, PricingZone], method: Method = "rule"
) -> Proposed:
    """Raises `PolicyInfeasibleError` when the limits contradict each other, `UnavailableError` as `feasible.Problem.solve`."""
    wishes = [wish(policy, cell) for cell in cells]
    by_rule = _solved(policy, cells, zones, lambda options: _distances(cells, wishes, options))
    chosen, wanted = by_rule, wishes
    if method == "optimizer":
        chosen = _solved(policy, cells, zones, lambda options: _expected_costs(policy, cells, options))
        wanted = _alone(policy, cells)
    tight = _tight_pairs(policy, cells, zones, chosen.prices)
    outlook = expected(cells, chosen.prices)
    proposals = []
    for index, cell in enumerate(cells):
        decision = Decision(
            cell=cell,
            method=method,
            wanted=wanted[index],
            price=chosen.prices[index],
            rule_wish=wishes[index],
            is_tight=index in tight,
        )
        mean, low, high = (float(share) for share in outlook[index])
        proposals.append(
            Proposal(
                cell=cell,
                price_proposed=decision.price,
                rule_price=by_rule.prices[index],
                expected_occupancy=mean,
                expected_low=low,
                expected_high=high,
                binding=binding_of(policy, decision),
                reason=reason_of(decision, (mean, low, high)),
            )
        )
    return Proposed(proposals=tuple(proposals), gap=chosen.gap)


def _solved(
    policy: PricingPolicy,
    cells: Sequence[Cell],
    zones: dict[str, PricingZone],
    costs_of: Callable[[Sequence[tuple[int, ...]]], Costs],
) -> Solution:
    def solution(without: frozenset[str]) -> Solution | None:
        options = [choices(policy, cell, without=without) for cell in cells]
        return Problem(cells, options, costs_of(options), policy, zones, without).solve()

    found = solution(frozenset())
    if found is None:
        conflict = _conflict(lambda lifted: solution(lifted) is not None)
        raise PolicyInfeasibleError(
            f"these limits cannot hold together: {', '.join(conflict)}", fields={"limits": list(conflict)}
        )
    return found


def _distances(cells: Sequence[Cell], wishes: Sequence[int], options: Sequence[tuple[int, ...]]) -> Costs:
    return [
        [abs(price - wished) * cell.weight for price in row]
        for cell, wished, row in zip(cells, wishes, options, strict=True)
    ]


def _expected_costs(policy: PricingPolicy, cells: Sequence[Cell], options: Sequence[tuple[int, ...]]) -> Costs:
    counts = [len(row) for row in options]
    of = np.repeat(np.arange(len(cells)), counts)
    prices = np.concatenate([np.asarray(row, dtype=np.int64) for row in options])
    cost = costs(occupancies(cells, of, prices), low=policy.target_low, high=policy.target_high)
    within = np.array([policy.target_low <= cell.occupancy <= policy.target_high for cell in cells])
    now = np.array([cell.price for cell in cells])
    cost += np.where(within[of], HOLD * np.abs(prices - now[of]) / policy.tick, 0.0)
    weighted = cost * np.array([cell.weight for cell in cells])[of]
    return [part.tolist() for part in np.split(weighted, np.cumsum(counts)[:-1])]


def _alone(policy: PricingPolicy, cells: Sequence[Cell]) -> list[int]:
    """What each cell would have by itself within floor, cap and tick if no step bound it."""
    free = [choices(policy, cell, without=frozenset({"step", "frozen"})) or (cell.price,) for cell in cells]
    return [row[int(np.argmin(cost))] for row, cost in zip(free, _expected_costs(policy, cells, free), strict=True)]


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
