"""What is wrong with a policy whatever the cells are."""

from pricing.optimizer.model import PricingPolicy


def unsound(policy: PricingPolicy) -> str | None:
    """The first rule that it breaks, in words; None where it breaks none."""
    tick, bands = policy.tick, [below for below, _ in policy.bands]
    if tick <= 0:
        return "tick is above 0"
    rules = (
        (0 <= policy.target_low <= policy.target_high <= 1, "target_low and target_high are shares in order"),
        (0 <= policy.floor <= policy.cap, "floor is not above cap"),
        (policy.step_up >= 0 and policy.step_down >= 0, "steps are not negative"),
        (-(-policy.floor // tick) * tick <= policy.cap, "a multiple of tick lies between floor and cap"),
        (
            (policy.neighbour_m is None) == (policy.neighbour_max_difference is None),
            "the two neighbour limits go together",
        ),
        (policy.max_distinct_prices is None or policy.max_distinct_prices > 0, "max_distinct_prices is above 0"),
        (bands == sorted(set(bands)), "bands rise"),
        (all(cap >= 0 for cap in policy.affordability_caps.values()), "affordability_caps are not negative"),
        (len(set(policy.order)) == len(policy.order), "order names a class once"),
        (0 < policy.proportional_full <= 1, "proportional_full is a share above 0"),
        (0 <= policy.reversal_margin <= 1, "reversal_margin is a share"),
        (policy.stagger_seed >= 0, "stagger_seed is not negative"),
    )
    return next((rule for holds, rule in rules if not holds), None)
