"""What is believed of the response to price where nothing has measured it, and the form of every such belief.

The prior is a design decision: no public data identify the response (Pierce and Shoup 2013 report a mean of -0.4 for SFpark's first year with a
very wide spread; 0.29 to 0.6 elsewhere). It is said to be a prior wherever its result is shown.
"""

from dataclasses import dataclass
from typing import Final, Literal

Source = Literal["prior", "experiment"]


@dataclass(frozen=True, kw_only=True)
class Response:
    """Elasticity of load to a price, as a normal belief: a price 1 % dearer changes the load by `mean` %."""

    mean: float
    sd: float
    source: Source = "prior"

    def within(self, quantile: float) -> tuple[float, float]:
        """The ends of the interval so many standard deviations wide to each side."""
        return self.mean - quantile * self.sd, self.mean + quantile * self.sd


PRIOR: Final = Response(mean=-0.3, sd=0.2)
NEIGHBOURS: Final = Response(mean=0.1, sd=0.1)
"""Of the load to the mean price of the zones nearby: what they lose is found here again, in part. As little known, and so as wide."""
Z80: Final = 1.2816
Z90: Final = 1.6449
"""Half widths of intervals of 80 and 90 % in standard deviations."""
