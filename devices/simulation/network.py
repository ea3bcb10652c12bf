"""What becomes of a frame between its device and the platform: lost, doubled, late, or held back by a gateway."""

from dataclasses import replace

import numpy as np

from devices.simulation.failures import Failing
from devices.simulation.faults import Faults
from devices.simulation.transmission import Transmission

LATE_FROM_S = 2.0
"""A network server calls a frame late that a gateway held for longer."""
BURST_S = 5.0
"""How long a gateway needs to hand over what it kept."""


class Network:
    """Draws from the randomness of the devices that it serves, in the order of their frames."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random

    def carry(
        self, frame: Transmission, at: float, faults: Faults, failing: Failing | None
    ) -> list[tuple[float, Transmission]]:
        """When the frame arrives, once, twice or never."""
        if faults.is_dropped or self._happens(faults.lost):
            return []
        arrival = at
        if faults.is_held and failing is not None:
            # In the order in which it heard them.
            arrival = failing.ends + BURST_S * failing.share(at)
        elif self._happens(faults.late):
            arrival = at + self._between(faults.late_s)
        if arrival > at + LATE_FROM_S:
            frame = replace(frame, is_late=True)
        arrivals = [(arrival, frame)]
        if self._happens(faults.duplicate):
            arrivals.append((arrival + self._between(faults.duplicate_s), frame))
        return arrivals

    def _happens(self, probability: float) -> bool:
        return probability > 0.0 and float(self._random.random()) < probability

    def _between(self, bounds: tuple[float, float]) -> float:
        return float(self._random.uniform(*bounds))
