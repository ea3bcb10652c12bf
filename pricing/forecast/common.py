"""What a day did to all facilities at once: a wet Friday, the weeks before a feast.

A forecast that learns each facility's own level cannot see such a day in one of them, where it drowns in noise. Over all of
them it stands out, and part of it comes again on the next day of the kind.
"""

from typing import Final

import numpy as np

from pricing.forecast.history import DAY, Floats

LEAST_FACILITIES: Final = 5
"""Of fewer nobody can tell what is common."""
CLEAR: Final = 2.0
"""Standard errors by which a day must stand out; a surprise is believed by as much as it exceeds them."""
LARGEST: Final = 0.08
"""Share of the spaces. A day that was further off was a special one, of which nothing follows for ordinary ones."""


def common_surprise(errors: Floats) -> Floats:
    """(days,) mean error of all facilities (facilities, slots), as far as chance among them does not explain it; zero where it does."""
    by_day = errors.reshape(len(errors), -1, DAY)
    known = np.isfinite(by_day)
    slots = known.sum(axis=2)
    own = np.divide(np.where(known, by_day, 0.0).sum(axis=2), slots, out=np.zeros(slots.shape), where=slots > 0)
    number = (slots > 0).sum(axis=0)
    mean = own.sum(axis=0) / np.maximum(number, 1)
    spread = np.where(slots > 0, (own - mean) ** 2, 0.0).sum(axis=0) / np.maximum(number, 1)
    chance = CLEAR**2 * spread / np.maximum(number, 1)
    believed = mean * np.maximum(0.0, 1.0 - np.divide(chance, mean**2, out=np.ones_like(mean), where=mean != 0.0))
    told: Floats = np.where((number >= LEAST_FACILITIES) & (np.abs(believed) <= LARGEST), believed, 0.0)
    return told
