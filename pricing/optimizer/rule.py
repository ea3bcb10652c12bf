"""The occupancy-band rule, by which SFpark set its prices, with bands and steps as policy data; a proportional rule beside it.

SFpark (SFMTA, 2011): at or above 80 % +0.25 dollars an hour, 60 to 80 % unchanged, 30 to 60 % -0.25, below -0.50. The proportional rule moves by a
share of the step that grows with the distance from the middle of the target, by whole ticks and one at least. Neither knows anything of demand.
"""

from dataclasses import replace

from pricing.optimizer.model import Cell, PricingPolicy, RuleKind


def change(policy: PricingPolicy, occupancy: float) -> int:
    """The step that the rule wishes at a measured occupancy, before any limit."""
    if policy.rule == "proportional":
        return _in_proportion(policy, occupancy)
    if policy.bands:
        for below, step in policy.bands:
            if occupancy < below:
                return step
        return policy.bands[-1][1]
    if occupancy > policy.target_high:
        return policy.step_up
    if occupancy < policy.target_low:
        return -policy.step_down
    return 0


def wish(policy: PricingPolicy, cell: Cell) -> int:
    return cell.price + change(policy, cell.occupancy)


def step_matched(policy: PricingPolicy) -> dict[RuleKind, PricingPolicy]:
    """Both rules with steps as large as the policy allows: what an optimizer with the same limits is held against."""
    return {"bands": replace(policy, rule="bands", bands=()), "proportional": replace(policy, rule="proportional")}


def _in_proportion(policy: PricingPolicy, occupancy: float) -> int:
    if policy.target_low <= occupancy <= policy.target_high:
        return 0
    away = occupancy - (policy.target_low + policy.target_high) / 2.0
    step = policy.step_up if away > 0.0 else policy.step_down
    ticks = max(1, round(step * abs(away) / policy.proportional_full / policy.tick))
    moved = min(ticks * policy.tick, step)
    return moved if away > 0.0 else -moved
