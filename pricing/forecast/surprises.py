"""What happened to all facilities at once: a wet Friday, the weeks before a feast.

A forecast that learns each facility's own level cannot see it in one of them, where it drowns in noise. Over all of them it
stands out, and part of it comes again.
"""

from typing import Final

import numpy as np

from pricing.forecast.history import Floats

LEAST_FACILITIES: Final = 5
"""Of fewer nobody can tell what is common."""
CLEAR: Final = 2.0
"""Standard errors by which a surprise must stand out; it is believed by what it exceeds them, the more the clearer it is."""
LARGEST: Final = 0.15
"""Share of the spaces. What was further off was something special, of which nothing follows for ordinary days."""


def common_surprise(errors: Floats, window: int) -> Floats:
    """(slots,) mean error of all facilities (facilities, slots) in the last slots up to each, as far as chance among them does not explain it."""
    own, number = _recent_means(errors, window)
    there = number > 0
    many = there.sum(axis=0)
    counted = np.maximum(many, 1)
    mean = np.where(there, own, 0.0).sum(axis=0) / counted
    chance = CLEAR**2 * np.where(there, (own - mean) ** 2, 0.0).sum(axis=0) / counted**2
    square = mean**2
    clear = np.maximum(0.0, 1.0 - np.divide(chance, square, out=np.ones_like(mean), where=square > 0.0))
    told: Floats = np.where((many >= LEAST_FACILITIES) & (np.abs(clear * mean) <= LARGEST), clear * mean, 0.0)
    return told


def _recent_means(errors: Floats, window: int) -> tuple[Floats, Floats]:
    """Of each facility over the last slots up to each, and over how many."""
    known = np.isfinite(errors)
    sums = [np.where(known, errors, 0.0).cumsum(axis=1), known.cumsum(axis=1).astype(np.float64)]
    total, number = (np.concatenate([one[:, :window], one[:, window:] - one[:, :-window]], axis=1) for one in sums)
    return np.divide(total, number, out=np.zeros_like(total), where=number > 0), number
