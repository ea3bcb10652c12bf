"""The next prices by the rule or by the optimizer, obeying every limit, and why each is what it is.

Both go through the same limits (`feasible`). The rule's wish is moved to the nearest prices that obey them; the optimizer's prices are those of
the least expected cost (`expected`), of which a part is to move what should stay (`churn`). They are proposed where they are better than those of rules
with the same steps (`comparison`), else the rule's are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal

import numpy as np

from parking.domain.errors import ConflictError
from pricing.optimizer.caution import careful
from pricing.optimizer.choices import choices
from pricing.optimizer.churn import churn
from pricing.optimizer.comparison import Comparison, Name, compared, spent
from pricing.optimizer.conflict import conflict, lifted_tick
from pricing.optimizer.expected import Belief, costs, expected, occupancies
from pricing.optimizer.explain import Decision, binding_of, reason_of
from pricing.optimizer.feasible import Problem, Solution
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone, Proposal
from pricing.optimizer.nearby import Pairs, nearby_cells, pressed, widened
from pricing.optimizer.neighbours import neighbour_cells
from pricing.optimizer.rule import step_matched, wish

CAREFUL: Final = 0.05
"""So much more response than is believed makes steps shorter by something that is worth a word."""

ROUNDS: Final = 3
"""In which the optimizer takes up what its own prices do to the zones nearby."""
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
    comparison: Comparison
    """Beside the rules with the same steps and limits. It says whether the proposals are the optimizer's: where it promises no more than a rule
    they are the rule's, whatever was asked for."""


def propose(
    policy: PricingPolicy, cells: Sequence[Cell], zones: dict[str, PricingZone], method: Method = "rule"
) -> Proposed:
    """Raises `PolicyInfeasibleError` when the limits contradict each other, `UnavailableError` as `feasible.Problem.solve`."""
    wishes = [wish(policy, cell) for cell in cells]
    pairs = nearby_cells(policy, cells, zones)
    by: dict[Name, Solution] = {"rule": _by_wishes(policy, cells, zones, wishes)}
    for name, matched in step_matched(policy).items():
        others = [wish(matched, cell) for cell in cells]
        by[name] = by["rule"] if others == wishes else _by_wishes(policy, cells, zones, others)
    belief = careful(cells, zones, by["bands"].prices)
    if method == "optimizer":
        by[method] = _optimized(policy, cells, zones, belief, pairs)
    prices: dict[Name, Sequence[int]] = {"now": [cell.price for cell in cells]}
    prices |= {name: solution.prices for name, solution in by.items()}
    comparison = compared(
        policy, cells, prices, belief, pairs, rule_is_moved=_is_moved(policy, cells, wishes, by["rule"].prices)
    )
    taken = comparison.taken
    wanted = _alone(policy, cells, belief) if taken == "optimizer" else wishes
    return Proposed(
        proposals=_explained(policy, cells, zones, by, comparison, wanted, belief, pairs),
        gap=by[taken].gap,
        comparison=comparison,
    )


def can_hold(
    policy: PricingPolicy,
    cells: Sequence[Cell],
    zones: dict[str, PricingZone],
    without: frozenset[str] = frozenset(),
) -> bool:
    """Whether any prices obey every limit that is not lifted. Raises `UnavailableError` as `feasible.Problem.solve`."""
    asked = replace(policy, tick=lifted_tick(policy, cells)) if "tick" in without else policy
    options = [choices(asked, cell, without=without) for cell in cells]
    return Problem(cells, options, [[0.0] * len(row) for row in options], asked, zones, without).solve() is not None


def _explained(
    policy: PricingPolicy,
    cells: Sequence[Cell],
    zones: dict[str, PricingZone],
    by: Mapping[Name, Solution],
    comparison: Comparison,
    wanted: Sequence[int],
    belief: Belief,
    pairs: Pairs,
) -> tuple[Proposal, ...]:
    prices = by[comparison.taken].prices
    tight = _tight_pairs(policy, cells, zones, prices)
    outlook = widened(cells, prices, pairs, expected(cells, prices))
    is_careful = belief.mean < Belief.stated(cells).mean - CAREFUL
    proposals = []
    for index, cell in enumerate(cells):
        decision = Decision(
            cell=cell,
            method=comparison.taken,
            because=comparison.because,
            wanted=wanted[index],
            price=prices[index],
            rule_wish=wish(policy, cell),
            is_tight=index in tight,
            careful=float(belief.mean[index]) if is_careful[index] and comparison.taken == "optimizer" else None,
        )
        mean, low, high = (float(share) for share in outlook[index])
        proposals.append(
            Proposal(
                cell=cell,
                price_proposed=decision.price,
                rule_price=by["rule"].prices[index],
                expected_occupancy=mean,
                expected_low=low,
                expected_high=high,
                binding=binding_of(policy, decision),
                reason=reason_of(policy, decision, (mean, low, high)),
            )
        )
    return tuple(proposals)


def _optimized(
    policy: PricingPolicy, cells: Sequence[Cell], zones: dict[str, PricingZone], belief: Belief, pairs: Pairs
) -> Solution:
    """Around what the prices found before send to each cell, where that is known: the best of so many answers."""
    found: list[Solution] = []
    while len(found) < (ROUNDS if pairs else 1):
        felt = pressed(cells, found[-1].prices if found else [cell.price for cell in cells], pairs)
        found.append(_solved(policy, cells, zones, partial(_expected_costs, policy, felt, belief)))
        if len(found) > 1 and found[-1].prices == found[-2].prices:
            break
    return found[0] if len(found) == 1 else min(found, key=lambda one: spent(policy, cells, one.prices, belief, pairs))


def _by_wishes(
    policy: PricingPolicy, cells: Sequence[Cell], zones: dict[str, PricingZone], wishes: Sequence[int]
) -> Solution:
    return _solved(policy, cells, zones, lambda options: _distances(cells, wishes, options))


def _is_moved(policy: PricingPolicy, cells: Sequence[Cell], wishes: Sequence[int], prices: Sequence[int]) -> bool:
    """Whether any price is farther from its wish than the cell's own limits make it: a limit that joins cells did that."""
    return any(
        abs(price - wished) > min(abs(option - wished) for option in choices(policy, cell))
        for cell, wished, price in zip(cells, wishes, prices, strict=True)
    )


def _solved(
    policy: PricingPolicy,
    cells: Sequence[Cell],
    zones: dict[str, PricingZone],
    costs_of: Callable[[Sequence[tuple[int, ...]]], Costs],
) -> Solution:
    options = [choices(policy, cell) for cell in cells]
    found = Problem(cells, options, costs_of(options), policy, zones).solve()
    if found is None:
        limits = conflict(lambda lifted: can_hold(policy, cells, zones, lifted))
        raise PolicyInfeasibleError(
            f"these limits cannot hold together: {', '.join(limits)}", fields={"limits": list(limits)}
        )
    return found


def _distances(cells: Sequence[Cell], wishes: Sequence[int], options: Sequence[tuple[int, ...]]) -> Costs:
    return [
        [abs(price - wished) * cell.weight for price in row]
        for cell, wished, row in zip(cells, wishes, options, strict=True)
    ]


def _expected_costs(
    policy: PricingPolicy, cells: Sequence[Cell], belief: Belief, options: Sequence[tuple[int, ...]]
) -> Costs:
    counts = [len(row) for row in options]
    of = np.repeat(np.arange(len(cells)), counts)
    prices = np.concatenate([np.asarray(row, dtype=np.int64) for row in options])
    cost = costs(
        occupancies(cells, of, prices, belief),
        low=policy.target_low,
        high=policy.target_high,
        is_scarce=policy.is_scarce,
    )
    cost += churn(policy, cells, of, prices)
    weighted = cost * np.array([cell.weight for cell in cells])[of]
    return [part.tolist() for part in np.split(weighted, np.cumsum(counts)[:-1])]


def _alone(policy: PricingPolicy, cells: Sequence[Cell], belief: Belief) -> list[int]:
    """What each cell would have by itself within floor, cap and tick if no step and no lottery bound it."""
    free = [
        choices(policy, cell, without=frozenset({"step", "frozen", "staggered"})) or (cell.price,) for cell in cells
    ]
    return [
        row[int(np.argmin(cost))] for row, cost in zip(free, _expected_costs(policy, cells, belief, free), strict=True)
    ]


def _tight_pairs(
    policy: PricingPolicy, cells: Sequence[Cell], zones: dict[str, PricingZone], prices: Sequence[int]
) -> frozenset[int]:
    limit = policy.neighbour_max_difference
    if limit is None:
        return frozenset()
    pairs = neighbour_cells(policy, cells, zones)
    return frozenset(index for i, j in pairs if abs(prices[i] - prices[j]) == limit for index in (i, j))
