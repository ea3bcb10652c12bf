"""From a probability to a status that people can rely on: with hysteresis, and unknown where it stays in doubt."""

from typing import Final

import numpy as np

from parking.occupancy.fusion.states import Floats, Ints

UNKNOWN: Final = -1
FREE: Final = 0
OCCUPIED: Final = 1
UPPER: Final = 0.6
LOWER: Final = 0.4
"""Hysteresis of devices.md 5.4."""
DOUBT_S: Final = 1_800.0
"""A probability that stays between the limits for so long is no knowledge."""


def decided(status: Ints, occupied: Floats, doubtful_for: Floats) -> Ints:
    """The status after evidence, by row: the old one holds between the limits, until doubt has lasted."""
    between = (occupied > LOWER) & (occupied < UPPER)
    clear = np.where(occupied >= UPPER, OCCUPIED, FREE)
    held = np.where(doubtful_for > DOUBT_S, UNKNOWN, status)
    return np.where(between, held, clear)
