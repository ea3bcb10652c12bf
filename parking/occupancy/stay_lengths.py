"""How long stays last, as counts by class of length: hours add up to days and districts, medians would not. Pure."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

EDGES_MIN: Final = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)
"""Class `i` holds stays of at least `EDGES_MIN[i - 1]` and below `EDGES_MIN[i]` minutes; the last has no upper edge."""
CLASSES: Final = len(EDGES_MIN) + 1


def quantile_min(counts: Sequence[int], share: float) -> float | None:
    """Minutes that a `share` of the stays did not exceed, even within a class; None without stays, and where it lies in the
    last class, of which nobody knows how long it is.
    """
    total = sum(counts)
    if total == 0:
        return None
    wanted = share * total
    bounds = pairwise((0, *EDGES_MIN))
    for (lower, upper), count, reached in zip(bounds, counts, accumulate(counts), strict=False):
        if count and reached >= wanted:
            return lower + (upper - lower) * (wanted - (reached - count)) / count
    return None
