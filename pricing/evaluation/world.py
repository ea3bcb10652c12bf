"""What a world is to those who try price policies in it: it answers what happened under price lists, and shares no model with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pricing.optimizer.model import Cell, PricingZone

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one review period showed; arrays by price list and cell, but `revenue` (lists,) in minor units."""

    occupancy: Floats
    full_share: Floats
    revenue: Floats

    def of(self, which: int) -> tuple[Floats, Floats]:
        """Occupancy and full share by cell under one of the price lists."""
        return self.occupancy[which], self.full_share[which]


class World(Protocol):
    """One city. The same number of the period brings the same drivers, whatever the prices: differences between lists are the prices'."""

    @property
    def zones(self) -> dict[str, PricingZone]: ...

    @property
    def cells(self) -> Sequence[Cell]:
        """In the order of all arrays, with the prices with which it begins."""
        ...

    def pass_period(self, number: int, prices: Ints, before: Ints) -> Seen:
        """Under price lists (lists, cells) in minor units an hour; `before` are those of the period before, which some still have in mind."""
        ...
