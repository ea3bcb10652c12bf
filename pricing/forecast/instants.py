"""Half hours from hours: a city keeps the mean of each hour, and is asked for the moment.

Taken as it is, a mean stands still for an hour and then jumps, which is worst where the answer is nearest. Between the means runs the smooth course
that has them: at the hours it is where a cubic through the means of four hours is, within each hour a parabola.
"""

import numpy as np

from pricing.forecast.history import Floats
from pricing.forecast.shifts import shifted


def instants(means: Floats) -> Floats:
    """(places, hours) to (places, half hours), the share at each hour and in its middle; NaN where the hour itself is.

    Beside a gap the course goes on as it was; an hour between two gaps is level.
    """
    begins, ends = _edges(means), _edges(means[:, ::-1])[:, ::-1]
    middles = 1.5 * means - 0.25 * (begins + ends)
    found: Floats = np.clip(np.stack([begins, middles], axis=-1).reshape(len(means), -1), 0.0, 1.0)
    return found


def _edges(means: Floats) -> Floats:
    """The share at the beginning of each hour, by the best of what its neighbours allow."""
    before, earlier = shifted(means, 1), shifted(means, 2)
    after = shifted(means[:, ::-1], 1)[:, ::-1]
    found = means
    for better in (1.5 * means - 0.5 * after, (before + means) / 2, (7 * (before + means) - (earlier + after)) / 12):
        found = np.where(np.isfinite(better), better, found)
    return found
