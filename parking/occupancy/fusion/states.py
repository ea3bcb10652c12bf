"""The eight hidden states as numbers 0 to 7: vehicle · 4 + inverted · 2 + bad."""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Singles = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

COUNT: Final = 8
_NUMBERS: Final = np.arange(COUNT)
VEHICLE: Final[Ints] = _NUMBERS >> 2
"""1 where a vehicle is in the space."""
INVERTED: Final[Ints] = _NUMBERS >> 1 & 1
"""1 where the magnetometer holds the contrary of the truth."""
BAD: Final[Ints] = _NUMBERS & 1
"""1 where the camera sees the contrary of the truth for the whole of this stay."""
SENSED: Final[Ints] = VEHICLE ^ INVERTED
"""What the magnetometer holds."""
SEEN: Final[Ints] = VEHICLE ^ BAD
"""What a look of the camera shows, but for the errors of single looks."""


def number(vehicle: int, inverted: int, bad: int) -> int:
    return vehicle * 4 + inverted * 2 + bad
