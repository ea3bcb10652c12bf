r"""What is believed of each group after an experiment: the prior and the fit, each by its precision.

The response of group :math:`g` is :math:`e_g \sim N(\mu, \tau^2)` around a city's :math:`\mu \sim N(-0.3, 0.2^2 - \tau^2)`, so that of one group alone the
stated prior is believed, and what one group shows moves the others. The response to the neighbours' prices is one for the city.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.demand.fit import Fit
from pricing.demand.load import Floats
from pricing.demand.prior import NEIGHBOURS, PRIOR

BETWEEN: Final = 0.1
"""Standard deviation of the response between groups of one city; a design decision like the prior."""


@dataclass(frozen=True)
class Belief:
    """Means and covariance, groups first, the neighbours' last."""

    mean: Floats
    covariance: Floats

    @property
    def sd(self) -> Floats:
        found: Floats = np.sqrt(np.diag(self.covariance))
        return found


def before(groups: int) -> Belief:
    """The prior of so many groups and the neighbours."""
    covariance = np.zeros((groups + 1, groups + 1))
    covariance[:groups, :groups] = PRIOR.sd**2 - BETWEEN**2
    covariance[np.arange(groups), np.arange(groups)] = PRIOR.sd**2
    covariance[groups, groups] = NEIGHBOURS.sd**2
    return Belief(np.append(np.full(groups, PRIOR.mean), NEIGHBOURS.mean), covariance)


def after(prior: Belief, shown: Fit, which: Floats) -> Belief:
    """`which` (parameters of the fit, parameters of the belief) is 1 where the fit's parameter is the belief's."""
    gain = prior.covariance @ which.T @ np.linalg.inv(which @ prior.covariance @ which.T + shown.covariance)
    mean = prior.mean + gain @ (shown.mean - which @ prior.mean)
    covariance = prior.covariance - gain @ which @ prior.covariance
    return Belief(mean, (covariance + covariance.T) / 2.0)
