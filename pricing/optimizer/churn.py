"""Prices that should stay, and what it costs to move them all the same.

A cell within its target band keeps its price: to move it could only gain what nobody can measure. So does a cell just outside that would go back on its
last move: it is off its band by no more than its own noise. Drivers learn prices slowly; one that goes to and fro is never learnt.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pricing.demand.load import Floats, Ints
from pricing.optimizer.model import Cell, PricingPolicy

HOLD: Final = 0.05
"""What a tick of moving such a price costs, in shares of occupancy: more than any price can promise its cell."""


def churn(policy: PricingPolicy, cells: Sequence[Cell], of: Ints, prices: Ints) -> Floats:
    """By choice, a space and hour: choice k is `prices[k]` for the cell `of[k]`."""
    now, last = (np.array([getattr(cell, name) for cell in cells], dtype=np.int64) for name in ("price", "last_move"))
    measured = np.array([cell.occupancy for cell in cells], dtype=np.float64)
    outside = np.maximum(measured - policy.target_high, policy.target_low - measured)
    goes_back = np.sign(prices - now[of]) * last[of] < 0
    is_held = (outside <= 0.0)[of] | (goes_back & (outside < policy.reversal_margin)[of])
    found: Floats = np.where(is_held, HOLD * np.abs(prices - now[of]) / policy.tick, 0.0)
    return found
