"""Which photographs show one lot, and how the lots are shared out into folds.

The photographs are numbered in the order in which they were taken, and whoever took them walked from lot to lot: the runs below were
found by looking at all 221 of them. A lot is never on both sides of a split.
"""

from collections.abc import Sequence
from typing import Final

from devices.vision.labels import Label

SCENES: Final[tuple[tuple[int, int], ...]] = (
    (24, 56),
    (89, 113),
    (6548, 6553),
    (6555, 6562),
    (6564, 6568),
    (6569, 6589),
    (6606, 6632),
    (6654, 6661),
    (6662, 6672),
    (6673, 6697),
    (6726, 6744),
    (6745, 6759),
    (6760, 6762),
    (6763, 6779),
    (6780, 6784),
    (6785, 6790),
    (6791, 6798),
    (6799, 6810),
)
FOLDS: Final[tuple[tuple[int, ...], ...]] = (
    (0, 6),
    (1, 2, 3, 4, 12),
    (5, 10, 14),
    (7, 8, 9, 15, 16),
    (11, 13, 17),
)
LEFT_OUT: Final = 7
"""A lot that the shipped network never saw, so that a test of it says something; whole frames of it exist as well."""


def scene_of(label: Label) -> int:
    """Raises ValueError for a photograph that is in no run."""
    for number, (first, last) in enumerate(SCENES):
        if first <= label.photograph <= last:
            return number
    raise ValueError(f"{label.source} belongs to no scene: look at it and extend the table")


def split(labels: Sequence[Label], fold: int | None) -> tuple[list[int], list[int]]:
    """Places of the rows to learn from and of those to judge; without a fold, all but the lot that is left out."""
    held = FOLDS[fold] if fold is not None else (LEFT_OUT,)
    is_held = [scene_of(label) in held for label in labels]
    return [n for n, out in enumerate(is_held) if not out], [n for n, out in enumerate(is_held) if out]
