r"""What the prices of the zones nearby do to a cell: part of what one street loses is found again in the next.

Load is :math:`a_c \exp(\kappa \bar x_c)` times what the own price does, with :math:`\bar x_c` the mean change of the logarithm of the price over the zones closer
than the policy's distance, in the same day type and band, as `pricing.demand` estimates it. Only an estimate that passed its tests says anything of
:math:`\kappa`; without one nothing here does anything. It joins all cells, so the optimizer cannot weigh it exactly: it solves again around what its own last
prices send to each cell, and keeps the best of these answers.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pricing.demand.load import Floats, load_of, occupancy_of
from pricing.demand.prior import Z80
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.neighbours import neighbour_cells

Pairs = Sequence[tuple[int, int]]
"""Neighbours by the places of their cells, each pair once."""


def nearby_cells(policy: PricingPolicy, cells: Sequence[Cell], zones: dict[str, PricingZone]) -> Pairs:
    """Empty where nothing is known of what they do to each other."""
    return neighbour_cells(policy, cells, zones) if any(cell.nearby is not None for cell in cells) else []


def pressed(cells: Sequence[Cell], prices: Sequence[int], pairs: Pairs) -> Sequence[Cell]:
    """As full as these prices nearby would make each cell at its own present price; the same cells where nothing is known of that."""
    if not pairs:
        return cells
    mean, _ = _sent(cells, prices, pairs)
    occupancy = _moved(cells, np.array([[cell.occupancy] for cell in cells]), mean[:, None])[:, 0]
    return [replace(cell, occupancy=float(share)) for cell, share in zip(cells, occupancy, strict=True)]


def widened(cells: Sequence[Cell], prices: Sequence[int], pairs: Pairs, expected: Floats) -> Floats:
    """Mean and ends of the 80 % interval (cells, 3), as they follow from own prices, with what the prices nearby do.

    Both responses are taken to be wrong to the same side, so that the interval is rather too wide.
    """
    if not pairs:
        return expected
    mean, sd = _sent(cells, prices, pairs)
    return _moved(cells, expected, mean[:, None] + sd[:, None] * np.array([0.0, -Z80, Z80]))


def _sent(cells: Sequence[Cell], prices: Sequence[int], pairs: Pairs) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the logarithm of the load that the prices nearby send to each cell."""
    now = np.array([cell.price for cell in cells], dtype=np.float64)
    then = np.asarray(prices, dtype=np.float64)
    is_charged = (now > 0.0) & (then > 0.0)
    moved = np.where(is_charged, np.log(np.where(is_charged, then, 1.0) / np.where(is_charged, now, 1.0)), 0.0)
    one, other = np.asarray(pairs, dtype=np.int64).T
    sums, count = np.zeros(len(cells)), np.zeros(len(cells))
    for here, there in ((one, other), (other, one)):
        np.add.at(sums, here, moved[there])
        np.add.at(count, here, is_charged[there])
    mean = sums / np.maximum(count, 1.0)
    believed = np.array([(0.0, 0.0) if one.nearby is None else (one.nearby.mean, one.nearby.sd) for one in cells])
    return believed[:, 0] * mean, believed[:, 1] * np.abs(mean)


def _moved(cells: Sequence[Cell], occupancy: Floats, sent: Floats) -> Floats:
    """Occupancies (cells, n) with so much more of the logarithm of the load."""
    spaces = np.broadcast_to(np.array([[max(1, cell.spaces)] for cell in cells], dtype=np.int64), occupancy.shape)
    load = load_of(occupancy, spaces)
    found: Floats = np.clip(
        occupancy + occupancy_of(load * np.exp(sent), spaces) - occupancy_of(load, spaces), 0.0, 1.0
    )
    return found
