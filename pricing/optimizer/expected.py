r"""What is expected of each price a cell may have, over all that is believed of the response, and what that costs the city.

Load after a change is :math:`a (p'/p)^e` with :math:`e \sim N(\mu, \sigma)` of the cell's `Response`, none above zero (a dearer street draws
nobody); occupancy moves as that of the load does (`pricing.demand.load`), because a full zone hides how many more would come. Where no
experiment has measured the response it is the prior; intervals hold 80 % of what is believed.

The cost of a price is the expected distance of occupancy from the target band and the expected excess above 90 %, weighted by spaces × hours: as the
response is not known, a price is judged by the mean over it and not at its mean.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pricing.demand.load import Floats, Ints, load_of, occupancy_of
from pricing.optimizer.model import Cell

QUANTILES: Final = (-1.2816, -0.5244, 0.0, 0.5244, 1.2816)
"""Of a standard normal distribution: the middles of five equal shares; the outer two hold 80 % between them."""
CROWDED: Final = 0.9
MIDDLE_WEIGHT: Final = 0.02
"""Of the distance to the middle of the band: between prices that all keep within it, the one in the middle."""


def occupancies(cells: Sequence[Cell], of: Ints, prices: Ints) -> Floats:
    """(choices, quantiles), shares 0..1: choice k is `prices[k]` for the cell `of[k]`.

    A price of zero before or after has no ratio and leaves occupancy as it is; so does the price that is in force.
    """
    now = np.array([cell.price for cell in cells], dtype=np.int64)[of]
    measured = np.array([cell.occupancy for cell in cells], dtype=np.float64)
    spaces = np.array([max(1, cell.spaces) for cell in cells], dtype=np.int64)
    load = load_of(measured, spaces)
    believed = np.array([(cell.response.mean, cell.response.sd) for cell in cells]).reshape(-1, 2)
    elasticity = np.minimum(believed[:, :1] + believed[:, 1:] * np.array(QUANTILES), 0.0)
    ratio = np.where((now > 0) & (prices > 0), prices / np.maximum(now, 1), 1.0)
    loads = load[of][:, None] * ratio[:, None] ** elasticity[of]
    wide = np.broadcast_to(spaces[of][:, None], loads.shape)
    moved = occupancy_of(loads, wide) - occupancy_of(load, spaces)[of][:, None]
    found: Floats = np.clip(measured[of][:, None] + moved, 0.0, 1.0)
    return found


def costs(occupancy: Floats, *, low: float, high: float, middle_weight: float = MIDDLE_WEIGHT) -> Floats:
    """By choice, of occupancies (choices, quantiles), a space and hour."""
    outside = np.maximum(occupancy - high, 0.0) + np.maximum(low - occupancy, 0.0)
    crowded = np.maximum(occupancy - CROWDED, 0.0)
    middle = np.abs(occupancy - (low + high) / 2.0)
    mean: Floats = (outside + crowded + middle_weight * middle).mean(axis=1)
    return mean


def expected(cells: Sequence[Cell], prices: Sequence[int]) -> Floats:
    """(cells, 3): mean, and the ends of the 80 % interval, of a price for each cell."""
    found = occupancies(cells, np.arange(len(cells)), np.asarray(prices, dtype=np.int64))
    return np.stack([found.mean(axis=1), found.min(axis=1), found.max(axis=1)], axis=1)


def revenues(cells: Sequence[Cell], of: Ints, prices: Ints) -> Floats:
    """Expected revenue of each choice in one review period, in minor units: price × mean occupancy × spaces × hours."""
    weight = np.array([cell.weight for cell in cells])
    found: Floats = prices * occupancies(cells, of, prices).mean(axis=1) * weight[of]
    return found
