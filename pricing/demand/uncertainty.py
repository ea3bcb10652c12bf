r"""How well a period tells the load: few hours tell little, full ones nothing.

Of :math:`c` spaces under load :math:`a` the number taken scatters by about :math:`\sqrt{ac}` and forgets itself within a mean stay, so the mean share
of :math:`h` hours has a variance of :math:`2 s a / (c h)` with a stay :math:`s` of an hour. Hours at or above 90 % say only that there was no room:
they do not count. The load has that error over the slope of occupancy in it, which vanishes as the zone fills.
"""

from typing import Final

import numpy as np

from pricing.demand.load import MOST, Floats, Ints, load_of, occupancy_of

STAY_H: Final = 1.0
_APART: Final = 0.01
_FLATTEST: Final = 1e-6
LEAST: Final = 0.01
"""Load a space below which a change in percent means nothing."""


def log_load(occupancy: Floats, spaces: Ints) -> Floats:
    """Logarithm of the load a space, at least that of `LEAST`; arrays of one shape."""
    found: Floats = np.log(np.maximum(load_of(occupancy, spaces), LEAST))
    return found


def share_sd(occupancy: Floats, spaces: Ints, hours: Floats) -> Floats:
    """Standard deviation of a mean occupancy over so many hours; 0 of an empty place, infinite of one that was not counted."""
    variance = 2.0 * STAY_H * load_of(occupancy, spaces) / (spaces * np.maximum(hours, _FLATTEST))
    found: Floats = np.where(hours > 0.0, np.sqrt(variance), np.inf)
    return found


def log_load_sd(occupancy: Floats, spaces: Ints, hours: Floats, full_share: Floats) -> Floats:
    """Standard deviation of `log_load`; infinite where the period tells nothing of the load."""
    load = load_of(occupancy, spaces)
    slope = (occupancy_of(load + _APART, spaces) - occupancy_of(load, spaces)) / _APART
    telling = hours * (1.0 - full_share)
    variance = 2.0 * STAY_H * load / (spaces * np.maximum(telling, _FLATTEST))
    sd = np.sqrt(variance) / np.maximum(slope * load, _FLATTEST)
    told = (telling > 0.0) & (load > LEAST) & (load < MOST - 2.0 * _APART)
    found: Floats = np.where(told, sd, np.inf)
    return found
