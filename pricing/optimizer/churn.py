"""Prices that should stay, and what it costs to move them all the same.

A cell in the middle three quarters of its target band keeps its price: to move it could only gain what nobody can measure. At an end of the band it may go on the
way that it went, for what stands there is soon outside. A move back on the last one is another matter: drivers learn prices slowly, and one that
goes to and fro is never learnt. So a cell goes back only from so far outside its band that noise has not put it there, or after two periods outside on the
same side at the same price; and where cells compete for what a limit leaves them, even then it costs something.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pricing.demand.load import Floats, Ints
from pricing.demand.uncertainty import share_sd
from pricing.optimizer.model import Cell, PricingPolicy

HOLD: Final = 0.05
"""What a tick of moving a price that should stay costs, in shares of occupancy: more than any price can promise its cell."""
FEW: Final = 0.01
"""The same where the city may have only so many prices: these move together or hardly any can, so that cells which are well where they are must go along."""
BACK: Final = 0.05
"""What any move against the last one costs where cells compete for what a limit leaves them, in shares of occupancy: else prices change places at every review."""
MIDDLE: Final = 0.75
"""Share of the target band, around its middle, in which a price stays."""
SURE: Final = 1.5
"""Standard errors of a measured mean that a cell is outside its band before it goes back, where that is more than the policy asks."""
AGAIN: Final = 0.6
"""Share of the margin outside which a cell is the second time it is there."""


def churn(policy: PricingPolicy, cells: Sequence[Cell], of: Ints, prices: Ints) -> Floats:
    """By choice, a space and hour: choice k is `prices[k]` for the cell `of[k]`."""
    now, last = (np.array([getattr(cell, name) for cell in cells], dtype=np.int64) for name in ("price", "last_move"))
    measured = np.array([cell.occupancy for cell in cells], dtype=np.float64)
    rim = (policy.target_high - policy.target_low) * (1.0 - MIDDLE) / 2.0
    is_middle = (measured >= policy.target_low + rim) & (measured <= policy.target_high - rim)
    away = _away(policy, measured)
    margin = np.maximum(policy.reversal_margin, SURE * _noise(cells, measured))
    is_sure = np.abs(away) >= margin
    before = [cell.earlier[-1] if cell.earlier else None for cell in cells]
    same = np.array([one is not None and one.price == cell.price for one, cell in zip(before, cells, strict=True)])
    then = _away(policy, np.array([0.0 if one is None else one.occupancy for one in before], dtype=np.float64))
    is_sure |= same & (then * away > 0.0) & (np.abs(away) >= AGAIN * margin)
    goes_back = np.sign(prices - now[of]) * last[of] < 0
    is_held = is_middle[of] | (goes_back & ~is_sure[of])
    hold = HOLD if policy.max_distinct_prices is None else FEW
    found: Floats = np.where(is_held, hold * np.abs(prices - now[of]) / policy.tick, 0.0)
    return found + BACK * goes_back if policy.is_scarce else found


def _noise(cells: Sequence[Cell], measured: Floats) -> Floats:
    """Standard deviation of the mean that was measured."""
    spaces = np.array([max(1, cell.spaces) for cell in cells], dtype=np.int64)
    return share_sd(measured, spaces, np.array([cell.hours for cell in cells], dtype=np.float64))


def _away(policy: PricingPolicy, occupancy: Floats) -> Floats:
    """Above the target band, or below it as a negative share."""
    found: Floats = np.maximum(occupancy - policy.target_high, 0.0) - np.maximum(policy.target_low - occupancy, 0.0)
    return found
