"""A proposal beside what the rules would have done with the same steps and the same limits, and whose prices it is therefore made of.

An advantage over a rule that may only take smaller steps is the step's and not the method's (`../shared/reference/pricing.md` section 6), so both
rules are also tried with steps as large as the policy allows. What is expected of each is expected with the same belief in the response.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from pricing.demand.load import Floats, Ints, crowded_share, load_of
from pricing.optimizer.churn import churn
from pricing.optimizer.expected import Belief, costs, occupancies
from pricing.optimizer.model import Cell, PricingPolicy
from pricing.optimizer.nearby import Pairs, pressed

Name = Literal["now", "rule", "bands", "proportional", "optimizer"]
"""`now`: no price moves. `rule`: the policy's own. `bands`, `proportional`: rules with steps as large as the policy allows."""
Because = Literal["asked", "better", "limit_binds", "not_better"]
"""`asked`: the rule was. `better`: the optimizer's prices cost less than those of every rule, moves that should not be counted in. `limit_binds`: they
do not, but a limit that joins cells moved the rule's prices. `not_better`: the rule's prices stand."""
RULES: Final[tuple[Name, ...]] = ("rule", "bands", "proportional")
LEAST_GAIN: Final = 0.002
"""Share of what the rules' prices cost by which the optimizer's must be cheaper: less is within what rounding to ticks does."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """A mean, and the ends of an interval that holds 80 % of what is believed of the response."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What is expected of the prices of one method; they obey every limit of the policy, but for those in force now."""

    name: Name
    prices: tuple[int, ...]
    moves: int
    in_band: Span
    """Share of spaces × hours in cells whose mean occupancy is within the target."""
    crowded: Span
    """Share of the time at or above 90 %, by spaces × hours."""
    revenue: Span
    """Minor units of one review period."""
    cost: float
    """What the prices cost the city (`expected`), judged as the optimizer judges (`caution`)."""
    churn: float
    """What moving prices that should stay counts for, in the same unit."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Outlooks of now, rule, bands and proportional, and of the optimizer where it was asked for."""

    outlooks: tuple[Outlook, ...]
    taken: Literal["rule", "optimizer"]
    """Whose prices are proposed."""
    because: Because

    def of(self, name: Name) -> Outlook:
        """Raises `KeyError` where the optimizer was not asked for."""
        return {one.name: one for one in self.outlooks}[name]


def compared(
    policy: PricingPolicy,
    cells: Sequence[Cell],
    prices: Mapping[Name, Sequence[int]],
    belief: Belief,
    pairs: Pairs,
    *,
    rule_is_moved: bool,
) -> Comparison:
    """`prices` of all methods that were tried, judged by `belief`; `rule_is_moved`: a limit that joins cells keeps the rule from what it wishes."""
    outlooks = {name: outlook_of(policy, cells, name, own, belief, pairs) for name, own in prices.items()}
    because: Because = "asked"
    if "optimizer" in outlooks:
        rules, own = (outlooks[name] for name in RULES), outlooks["optimizer"]
        least = min(rule.cost + rule.churn for rule in rules)
        because = "limit_binds" if rule_is_moved else "not_better"
        if own.cost + own.churn < least * (1.0 - LEAST_GAIN):
            because = "better"
    return Comparison(
        outlooks=tuple(outlooks.values()),
        taken="rule" if because in ("asked", "not_better") else "optimizer",
        because=because,
    )


def outlook_of(
    policy: PricingPolicy, cells: Sequence[Cell], name: Name, prices: Sequence[int], belief: Belief, pairs: Pairs = ()
) -> Outlook:
    """What is expected is expected by what is stated of the response; `belief` is what the cost is judged by."""
    asked = np.asarray(prices, dtype=np.int64)
    now = np.array([cell.price for cell in cells], dtype=np.int64)
    weight = np.array([cell.weight for cell in cells], dtype=np.float64)
    spaces = np.array([max(1, cell.spaces) for cell in cells], dtype=np.int64)
    felt = pressed(cells, prices, pairs)
    occupancy = occupancies(felt, np.arange(len(cells)), asked)
    within = (occupancy >= policy.target_low) & (occupancy <= policy.target_high)
    crowded = _crowded(cells, spaces, occupancy)
    share = weight / weight.sum() if weight.sum() > 0.0 else np.full(len(cells), 1.0 / len(cells))
    judged = occupancies(felt, np.arange(len(cells)), asked, belief)
    cost = costs(judged, low=policy.target_low, high=policy.target_high, is_scarce=policy.is_scarce)
    return Outlook(
        name=name,
        prices=tuple(int(price) for price in asked),
        moves=int(np.count_nonzero(asked != now)),
        in_band=_span(share @ within),
        crowded=_span(share @ crowded),
        revenue=_span((asked * weight) @ occupancy),
        cost=float(cost @ weight),
        churn=float(churn(policy, cells, np.arange(len(cells)), asked) @ weight),
    )


def spent(policy: PricingPolicy, cells: Sequence[Cell], prices: Sequence[int], belief: Belief, pairs: Pairs) -> float:
    """What prices cost, moves that should not be counted in: by this answers of the optimizer are told apart."""
    outlook = outlook_of(policy, cells, "optimizer", prices, belief, pairs)
    return outlook.cost + outlook.churn


def _crowded(cells: Sequence[Cell], spaces: Ints, occupancy: Floats) -> Floats:
    """What was measured moves as the share of a steady stream of arrivals does; that share itself where nothing was measured."""
    wide = np.broadcast_to(spaces[:, None], occupancy.shape)
    then = crowded_share(load_of(occupancy, wide), wide)
    measured = np.array([np.nan if cell.full_share is None else cell.full_share for cell in cells])
    now = crowded_share(load_of(np.array([cell.occupancy for cell in cells]), spaces), spaces)
    base = np.where(np.isnan(measured), now, measured)
    found: Floats = np.clip(base[:, None] + then - now[:, None], 0.0, 1.0)
    return found


def _span(by_quantile: Floats) -> Span:
    return Span(mean=float(by_quantile.mean()), low=float(by_quantile.min()), high=float(by_quantile.max()))
