r"""How careful to be with steps: what the cells' own moves went along with so far, where that is more than is believed.

Between one period and the next the load of a cell changed by :math:`\Delta y` and the price that its drivers have in mind by :math:`\Delta x`, in mean prices
of the city and less three fifths of what those nearby changed by, for drivers compare. Over all cells and periods, less the mean of each period,
:math:`\hat e = \sum \Delta x \Delta y / \sum \Delta x^2`, drawn towards what is believed as far as that is sure.

This is no estimate of the response and is never shown as one: prices followed occupancy, so what was full by chance and became dearer
is emptier the next time whatever anybody did, and no lottery tells the two apart (`pricing.demand`). It errs on one side, though: it takes drivers for more
responsive than they are. So it only ever takes them for more responsive than is believed: steps get shorter, and fewer have to be taken back. Expected
occupancies stand as they are believed.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pricing.demand.load import Floats, load_of
from pricing.optimizer.expected import Belief, mean_price
from pricing.optimizer.model import Cell, PricingZone
from pricing.optimizer.neighbours import cells_within

STALE: Final = 0.25
"""Share of drivers taken to have the price before the last in mind: what a move has yet to bring is not asked for again."""
WIDE: Final = 2.0
"""So many times as wide as it is stated, what is believed of the response holds back what the moves say."""
NOISE: Final = 0.1
"""Standard deviation of a change of log load that no price made."""
SPREAD: Final = 0.7
"""Standard deviation of the response between cells, as a share of its mean, at least."""
FULL: Final = 0.9
"""Mean occupancy from which on a cell hides how its load changes."""
NEAR_M: Final = 300.0
"""Zones closer than this are nearby: one that turns away from a price looks there first."""
COMPARED: Final = 0.6
"""Of a change of price, as much as the same change of those nearby undoes. The prior says a third, and is as wide as that is large; towns of drivers
(`docs/optimizer.md`) say four fifths, and who believes too little raises the prices of a whole quarter for nothing."""
_LEAST_LOAD: Final = 0.02
_LEAST_CHANGES: Final = 20
"""Measured changes of a period from which a mean can be taken away."""


class _Nearby:
    """Of values by cell, the mean over the cells of the same day type and band in zones nearby; zero where there are none, or where a position is not known."""

    def __init__(self, cells: Sequence[Cell], zones: dict[str, PricingZone]) -> None:
        is_known = all(zones[cell.zone_id].lat is not None and zones[cell.zone_id].lon is not None for cell in cells)
        pairs = np.array(cells_within(cells, zones, NEAR_M) if is_known else [], dtype=np.int64).reshape(-1, 2)
        self._size = len(cells)
        self._one, self._other = np.concatenate([pairs, pairs[:, ::-1]]).T
        self._count = np.maximum(np.bincount(self._one, minlength=self._size), 1)

    def __call__(self, values: Floats) -> Floats:
        sums = np.bincount(self._one, weights=np.nan_to_num(values)[self._other], minlength=self._size)
        mean: Floats = sums / self._count
        return mean


def careful(cells: Sequence[Cell], zones: dict[str, PricingZone], heading: Sequence[int]) -> Belief:
    """By which the optimizer judges prices; the response is the stated one where no move says more.

    `heading`: the next prices that are looked for nearby, those of the rule.
    """
    stated, nearby = Belief.stated(cells), _Nearby(cells, zones)
    before = np.array([(cell.earlier[-1].price if cell.earlier else cell.price) for cell in cells], dtype=np.float64)
    now = np.array([cell.price for cell in cells], dtype=np.float64)
    in_mind = (1.0 - STALE) * now + STALE * before
    in_mind += COMPARED * nearby(np.asarray(heading, dtype=np.float64) - in_mind)
    mean = np.minimum(stated.mean, _seen(cells, stated, nearby))
    return Belief(mean, np.maximum(stated.sd, SPREAD * np.abs(mean)), in_mind)


def _seen(cells: Sequence[Cell], stated: Belief, nearby: _Nearby) -> Floats:
    """By cell, the response that the moves of all cells went along with."""
    price, occupancy = _courses(cells)
    spaces = np.array([max(1, cell.spaces) for cell in cells], dtype=np.int64)
    load = np.log(np.maximum(load_of(occupancy, np.broadcast_to(spaces, occupancy.shape)), _LEAST_LOAD))
    mind = (1.0 - STALE) * price + STALE * np.concatenate([price[:1], price[:-1]])
    # The first period known of a cell has no price before it: drivers had that one in mind.
    mind = np.where(np.isnan(mind), price, mind)
    dearer, fuller = np.diff(mind, axis=0) / mean_price(cells), np.diff(load, axis=0)
    tells = np.isfinite(dearer) & np.isfinite(fuller)
    tells &= (occupancy[1:] < FULL) & (occupancy[:-1] < FULL) & (price[1:] > 0) & (price[:-1] > 0)
    both = moved = 0.0
    for row in range(len(dearer)):
        known, alone = tells[row], dearer[row] - COMPARED * nearby(dearer[row])
        if np.count_nonzero(known) >= _LEAST_CHANGES:
            x, y = (values[known] - values[known].mean() for values in (alone, fuller[row]))
            both, moved = both + float(x @ y), moved + float(x @ x)
    sure = 1.0 / np.maximum(WIDE * stated.sd, _LEAST_LOAD) ** 2
    found: Floats = (sure * stated.mean + both / NOISE**2) / (sure + moved / NOISE**2)
    return found


def _courses(cells: Sequence[Cell]) -> tuple[Floats, Floats]:
    """Prices and occupancies (periods, cells), the latest last; not a number before a cell's first period."""
    periods = max((len(cell.earlier) for cell in cells), default=0) + 1
    price, occupancy = np.full((periods, len(cells)), np.nan), np.full((periods, len(cells)), np.nan)
    for column, cell in enumerate(cells):
        first = periods - 1 - len(cell.earlier)
        price[first:, column] = [*(one.price for one in cell.earlier), cell.price]
        occupancy[first:, column] = [*(one.occupancy for one in cell.earlier), cell.occupancy]
    return price, occupancy
