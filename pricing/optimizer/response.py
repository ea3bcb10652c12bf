"""How occupancy is expected to answer a price: a stated prior, because no public data identify it.

Occupancy after a change is `q · (p'/p)^e` with the own-price elasticity `e ~ N(-0.3, 0.2)`. Pierce and Shoup (2013)
report a mean of -0.4 with a very wide spread for SFpark's first year; the prior is a design decision and is said to be one
wherever its result is shown. The interval holds 80 % of the prior.
"""

from typing import Final

PRIOR_MEAN: Final = -0.3
PRIOR_SD: Final = 0.2
_Z80: Final = 1.2816
"""Standard normal quantile of 0.9."""


def expected_occupancy(occupancy: float, price: int, new_price: int, elasticity: float = PRIOR_MEAN) -> float:
    """Share 0..1; a price of zero before or after has no ratio and leaves occupancy as it is."""
    if price <= 0 or new_price <= 0:
        return occupancy
    return float(min(1.0, occupancy * (new_price / price) ** elasticity))


def interval(occupancy: float, price: int, new_price: int) -> tuple[float, float]:
    ends = [expected_occupancy(occupancy, price, new_price, PRIOR_MEAN + sign * _Z80 * PRIOR_SD) for sign in (-1, 1)]
    return min(ends), max(ends)
