"""The chance that something is free on arrival, from the whole distribution of a forecast, and whether such chances come true."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.forecast.history import Bools, Floats

ROOM: Final = 0.95
"""Below this share a facility has room. Of hundreds of spaces some are always free; that nobody has to look for one is the question."""
EDGES: Final = np.array([0.1, 0.3, 0.5, 0.7, 0.9])


@dataclass(frozen=True, kw_only=True)
class Reliable:
    """Slots in which the chance of room was said to be about so high: its mean, and how often there was room."""

    said: float
    came: float
    slots: int


@dataclass(frozen=True, kw_only=True)
class Chances:
    """`brier` is the mean squared error of the chances; `brier_of_usual` that of always saying how often there was room."""

    room_below: float
    brier: float
    brier_of_usual: float
    reliability: tuple[Reliable, ...]


def chance_of_room(quantiles: Floats) -> Floats:
    """(facilities, slots) from (levels, facilities, slots); between evenly spaced levels each stands for its share."""
    chance: Floats = (quantiles < ROOM).mean(axis=0)
    return chance


def held_against(shares: Floats, quantiles: Floats, scored: Bools) -> Chances:
    """The chances of scored slots against what came."""
    said, came = chance_of_room(quantiles)[scored], (shares < ROOM)[scored].astype(np.float64)
    classes = np.digitize(said, EDGES)
    return Chances(
        room_below=ROOM,
        brier=float(((said - came) ** 2).mean()),
        brier_of_usual=float(came.var()),
        reliability=tuple(
            Reliable(said=float(said[inside].mean()), came=float(came[inside].mean()), slots=int(inside.sum()))
            for inside in (classes == one for one in range(len(EDGES) + 1))
            if inside.any()
        ),
    )


def chance_of_space(quantiles: Floats, spaces: int) -> float:
    """That one of so many spaces is free, each of them taken with the share by itself; 0 for none."""
    return float((1.0 - quantiles**spaces).mean()) if spaces > 0 else 0.0
