r"""What is expected of each price a cell may have, over all that is believed of the response, and what that costs the city.

Load after a change is :math:`a \exp(e (p' - p) / \bar p)` with :math:`e \sim N(\mu, \sigma)` of the cell's `Response`, none above zero (a dearer street
draws nobody), and :math:`\bar p` the mean price of the cells, at which :math:`e` is the elasticity: what counts with drivers is how much dearer a street
is, not how many times. (A lottery is judged by log price, `pricing.demand`: near the mean price, and over a step, the two are the same.) Occupancy moves as that of the load does (`pricing.demand.load`), because a full zone hides how many more would come. Where no
experiment has measured the response it is the prior; intervals hold 80 % of what is believed.

The cost of a price is the expected distance of occupancy from the target band, the expected excess above 90 % and a tenth of the distance to the middle
of the band, weighted by spaces × hours: as the response is not known, a price is judged by the mean over it and not at its mean. Where a limit makes cells
compete, being out of band at all costs something as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.demand.load import Floats, Ints, load_of, occupancy_of
from pricing.optimizer.model import Cell

QUANTILES: Final = (-1.2816, -0.5244, 0.0, 0.5244, 1.2816)
"""Of a standard normal distribution: the middles of five equal shares; the outer two hold 80 % between them."""
CROWDED: Final = 0.9
MIDDLE_WEIGHT: Final = 0.1
"""Of the distance to the middle of the band: what stands at an end of it is soon outside."""

IN_BAND: Final = 0.5
"""What it is worth to bring a cell into its band where cells compete for what a limit leaves to all of them: the distance alone would spend
it on cells that are far off and stay so."""
UNSURE: Final = 0.03
"""Half the width of the edge of the band: a mean occupancy is not measured more exactly than to a few hundredths."""


@dataclass(frozen=True)
class Belief:
    """What prices are judged by, arrays by cell: mean and standard deviation of the response, and the price at which load would stay as it was measured."""

    mean: Floats
    sd: Floats
    steady: Floats

    @classmethod
    def stated(cls, cells: Sequence[Cell]) -> "Belief":
        """That of each cell's `Response`, with the price in force in every mind."""
        mean, sd, price = (
            np.array([(cell.response.mean, cell.response.sd, cell.price) for cell in cells], dtype=np.float64)
            .reshape(-1, 3)
            .T
        )
        return cls(mean, sd, price)


def mean_price(cells: Sequence[Cell]) -> float:
    """Of those that are not free; 1 where all are."""
    charged = [cell.price for cell in cells if cell.price > 0]
    return sum(charged) / len(charged) if charged else 1.0


def occupancies(cells: Sequence[Cell], of: Ints, prices: Ints, belief: Belief | None = None) -> Floats:
    """(choices, quantiles), shares 0..1: choice k is `prices[k]` for the cell `of[k]`; by what is stated where no other belief is given.

    To become free or to cost anything at all is another thing than a step of the price: nobody knows what it does, and occupancy stays as it
    is. So it does at the price of `belief.steady`.
    """
    now = np.array([cell.price for cell in cells], dtype=np.int64)[of]
    belief = belief or Belief.stated(cells)
    measured = np.array([cell.occupancy for cell in cells], dtype=np.float64)
    spaces = np.array([max(1, cell.spaces) for cell in cells], dtype=np.int64)
    load = load_of(measured, spaces)
    elasticity = np.minimum(belief.mean[:, None] + belief.sd[:, None] * np.array(QUANTILES), 0.0)
    dearer = np.where((now > 0) & (prices > 0), (prices - belief.steady[of]) / mean_price(cells), 0.0)
    loads = load[of][:, None] * np.exp(elasticity[of] * dearer[:, None])
    wide = np.broadcast_to(spaces[of][:, None], loads.shape)
    moved = occupancy_of(loads, wide) - occupancy_of(load, spaces)[of][:, None]
    found: Floats = np.clip(measured[of][:, None] + moved, 0.0, 1.0)
    return found


def costs(occupancy: Floats, *, low: float, high: float, is_scarce: bool = False) -> Floats:
    """By choice, of occupancies (choices, quantiles), a space and hour; `is_scarce`: what one cell is given another goes without."""
    outside = np.maximum(occupancy - high, 0.0) + np.maximum(low - occupancy, 0.0)
    crowded = np.maximum(occupancy - CROWDED, 0.0)
    middle = np.abs(occupancy - (low + high) / 2.0)
    cost = outside + crowded + MIDDLE_WEIGHT * middle
    if is_scarce:
        cost += IN_BAND * (1.0 - _inside(occupancy, low=low, high=high))
    mean: Floats = cost.mean(axis=1)
    return mean


def _inside(occupancy: Floats, *, low: float, high: float) -> Floats:
    """How surely it is measured within the band."""
    found: Floats = (np.tanh((high - occupancy) / UNSURE) - np.tanh((low - occupancy) / UNSURE)) / 2.0
    return found


def expected(cells: Sequence[Cell], prices: Sequence[int]) -> Floats:
    """(cells, 3): mean, and the ends of the 80 % interval, of a price for each cell."""
    found = occupancies(cells, np.arange(len(cells)), np.asarray(prices, dtype=np.int64))
    return np.stack([found.mean(axis=1), found.min(axis=1), found.max(axis=1)], axis=1)


def revenues(cells: Sequence[Cell], of: Ints, prices: Ints) -> Floats:
    """Expected revenue of each choice in one review period, in minor units: price × mean occupancy × spaces × hours."""
    weight = np.array([cell.weight for cell in cells])
    found: Floats = prices * occupancies(cells, of, prices).mean(axis=1) * weight[of]
    return found
