"""How good a row of probabilities is: what `parking vision evaluate` and the training script report."""

from typing import Final

import numpy as np
import numpy.typing as npt

Probabilities = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

BINS: Final = 15


def confusion(p: Probabilities, truth: Truth) -> dict[str, int]:
    """Counts at one half; "positive" is occupied."""
    said = p >= 0.5  # noqa: PLR2004 - more likely than not
    return {
        "true_occupied": int(np.sum(said & truth)),
        "false_occupied": int(np.sum(said & ~truth)),
        "true_free": int(np.sum(~said & ~truth)),
        "false_free": int(np.sum(~said & truth)),
    }


def accuracy(p: Probabilities, truth: Truth) -> float | None:
    return None if not len(p) else float(np.mean((p >= 0.5) == truth))  # noqa: PLR2004 - as above


def balanced_accuracy(p: Probabilities, truth: Truth) -> float | None:
    """Mean of the shares of occupied and of free spaces that were told right; None where one of them is missing."""
    if truth.all() or not truth.any():
        return None
    said = p >= 0.5  # noqa: PLR2004 - as above
    return float((np.mean(said[truth]) + np.mean(~said[~truth])) / 2)


def area_under_curve(p: Probabilities, truth: Truth) -> float | None:
    """How often an occupied space scores above a free one, ties by half; None where one of them is missing."""
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return None
    _, place, counts = np.unique(p, return_inverse=True, return_counts=True)
    upper = np.cumsum(counts)
    ranks = (upper - (counts - 1) / 2)[place]
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def reliability(p: Probabilities, truth: Truth, bins: int = BINS) -> list[tuple[float, float, int]]:
    """Mean probability, share that was occupied and count, for each bin of equal width that is not empty."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    return [
        (float(p[place == b].mean()), float(truth[place == b].mean()), int(np.sum(place == b)))
        for b in range(bins)
        if np.any(place == b)
    ]


def calibration_error(p: Probabilities, truth: Truth) -> float | None:
    """By how much the probabilities miss what happened, on average (expected calibration error)."""
    if not len(p):
        return None
    return sum(abs(said - happened) * count for said, happened, count in reliability(p, truth)) / len(p)
