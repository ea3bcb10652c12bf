"""The occupancy-band rule: the one by which SFpark set its prices, with bands and steps as policy data.

SFpark (SFMTA, 2011): at or above 80 % +0.25 dollars an hour, 60 to 80 % unchanged, 30 to 60 % -0.25, below -0.50.
"""

from pricing.optimizer.model import Cell, PricingPolicy


def change(policy: PricingPolicy, occupancy: float) -> int:
    """The step that the rule wishes at a measured occupancy, before any limit."""
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
