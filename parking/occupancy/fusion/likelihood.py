"""What one piece of evidence does to the beliefs (n, 8). `says` (n,) is 1 for occupied, 0 for free."""

from typing import Final

import numpy as np

from parking.occupancy.fusion import states
from parking.occupancy.fusion.dynamics import Dynamics, normal
from parking.occupancy.fusion.states import Floats, Ints

GARBLED: Final = 1e-3
"""Probability that a restatement says other than the device holds."""
RESTARTED: Final = 0.1
"""Probability that a magnetometer holds the contrary after a restart: it has to learn its baseline anew."""


def after_change(beliefs: Floats, says: Ints, dynamics: Dynamics) -> Floats:
    """A change frame of the magnetometer: what it holds has just become this, by a change of the truth or a flip."""
    rows = np.arange(len(beliefs))
    moved = np.einsum("ni,nij->nj", beliefs, dynamics.heard[says, rows])
    return normal(moved)


def after_restatement(beliefs: Floats, says: Ints) -> Floats:
    """A heartbeat tells what the magnetometer holds, and nothing of the truth beyond that."""
    agrees = states.SENSED[None, :] == says[:, None]
    return normal(beliefs * np.where(agrees, 1.0 - GARBLED, GARBLED))


def after_restart(beliefs: Floats, says: Ints) -> Floats:
    """A start-up frame: what it holds now has no history."""
    other = beliefs[:, np.arange(states.COUNT) ^ 2]
    mixed = np.where(states.INVERTED == 1, RESTARTED, 1.0 - RESTARTED) * (beliefs + other)
    return after_restatement(normal(mixed), says)


def after_look(beliefs: Floats, says: Ints, wrong: Floats) -> Floats:
    """A look of the camera, wrong with probability `wrong` (n,) even where nothing stands in the way."""
    agrees = states.SEEN[None, :] == says[:, None]
    return normal(beliefs * np.where(agrees, 1.0 - wrong[:, None], wrong[:, None]))


def after_word(beliefs: Floats, says: Ints, wrong: Floats) -> Floats:
    """An attendant, a payment or a plate read at a gate: independent of both devices."""
    agrees = states.VEHICLE[None, :] == says[:, None]
    return normal(beliefs * np.where(agrees, 1.0 - wrong[:, None], wrong[:, None]))
