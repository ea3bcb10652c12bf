"""Medians and percentiles of what was measured."""

from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank: the smallest value that at least `share` (0 to 1) of all values do not exceed.

    Raises ValueError without values: a percentile of nothing is no number.
    """
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    rank = -(-int(len(ordered) * share * 1000) // 1000)
    return ordered[min(max(rank, 1), len(ordered)) - 1]


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)
