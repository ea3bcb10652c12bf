"""How often what goes wrong: one row a space, starting from published figures and learnt from there."""

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np

from parking.occupancy.fusion.states import Floats, Ints

DAY_S: Final = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Arrays of shape (n,), a row a space. Rates are per second, the others probabilities."""

    turnover: Floats
    """Rate of changes: arrivals while the space is free, departures while it is not."""
    missed: Floats
    """Probability that the magnetometer holds on to the old state at a change."""
    flipped: Floats
    """Rate at which it takes up the contrary state without a change: a neighbour, a lorry, a tram."""
    unheard: Floats
    """Probability that a frame is lost or late."""
    misread: Floats
    """Probability that a single look of the camera is wrong."""
    bad: Floats
    """Probability that a stay, or the time between two, is seen wrongly as a whole: something stands in the way."""

    @classmethod
    def published(cls, spaces: int) -> Self:
        """The starting figures for so many spaces."""
        return cls(**{name: np.full(spaces, value) for name, value in PUBLISHED.items()})

    def take(self, rows: Ints) -> Self:
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def scaled(self, factor: float) -> Self:
        """All wrong by the same factor, for trials of how much the figures matter."""
        return type(self)(**{field.name: getattr(self, field.name) * factor for field in fields(self)})


PUBLISHED: Final = {
    "turnover": 12.0 / DAY_S,
    "missed": 0.02,
    "flipped": 0.15 / DAY_S,
    "unheard": 0.05,
    "misread": 0.04,
    "bad": 0.05,
}
"""Errors of devices.md 5.1 and 5.4 (98 % of 82 street magnetometers over a year; 3 % loss and 2 % late frames; a camera
with 4 % and 5 %); the turnover is that of a busy kerb and is the first to be learnt."""
