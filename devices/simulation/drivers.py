"""Drivers who come and go: the hidden truth that sensors observe and that tests compare with.

Each space alternates between vacant and in use. A stay is log-normal with median m and spread s, so its mean is
S = m·exp(s²/2). The time that a space stands vacant is exponential with mean V = S·(1 - r)/r, where r is the share in
use wanted at that hour; then S/(S + V) = r. Rates change on the hour; the exponential has no memory, so a space that
is still vacant on the hour draws anew with the new rate, which is exact. The start is the stationary state: in use
with probability r, with the rest of a length-biased stay, U·exp(N(ln m + s², s²)), still to go.

All draws happen in the order of simulated time, so the same seed gives the same city whatever the size of the steps.
Each event costs O(log n) for n spaces.
"""

import heapq
import math
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from devices.simulation.demand import CLASS_STAY, STAYS, next_hour, share_in_use
from devices.simulation.fleet import UNWATCHED, Site
from devices.simulation.turnout import Turnout, share_with

ZONE_LEAN: Final = 0.03
"""Standard deviation of how much fuller or emptier a zone is than its class."""


class Move(NamedTuple):
    """A vehicle came to or left the space at place `site` of the sites; `at` in seconds since 1970 UTC."""

    at: float
    site: int
    occupied: bool
    leaves_at: float | None = None
    """When a vehicle that came will leave."""


def leans(sites: Sequence[Site], random: np.random.Generator) -> dict[str, float]:
    """How much fuller each zone is than its class, by zone id; the same for the same sites and generator."""
    return {zone: float(random.normal(0.0, ZONE_LEAN)) for zone in dict.fromkeys(site.zone_id for site in sites)}


class Drivers:
    """`speed` shortens stays and vacancies alike: turnover is faster than in life, the time of day is the real one.

    Where nobody but drivers themselves tells of them they keep the pace of life: what they say holds for hours.
    No stay is shorter than `shortest_s`, however fast: a device that tells more changes than vehicles can make is broken.
    `turnout` is what prices have changed by then; `mind` tells of others.
    """

    def __init__(
        self,
        sites: Sequence[Site],
        *,
        seed: int,
        start: float,
        speed: float = 1.0,
        shortest_s: float = 0.0,
        turnout: Turnout = MappingProxyType({}),
    ) -> None:
        self._sites = sites
        self._speed = speed
        self._shortest_s = shortest_s
        self._turnout = self._by_site(turnout)
        self._random = np.random.default_rng([seed, 1])
        self._lean = leans(sites, self._random)
        self.occupied = [False] * len(sites)
        """The truth, by index of the sites."""
        self._due: list[tuple[float, int, bool]] = []
        for index in range(len(sites)):
            self._begin(index, start)
        heapq.heapify(self._due)

    @property
    def next_at(self) -> float:
        """When something may happen next."""
        return self._due[0][0] if self._due else math.inf

    def pop(self) -> Move | None:
        """Take the next event; None when it only was a change of rates."""
        at, index, moves = heapq.heappop(self._due)
        if not moves:
            heapq.heappush(self._due, self._vacancy(index, at))
            return None
        arrives = not self.occupied[index]
        self.occupied[index] = arrives
        if not arrives:
            heapq.heappush(self._due, self._vacancy(index, at))
            return Move(at, index, occupied=False)
        leaves_at = at + max(self._stay(index), self._shortest_s)
        heapq.heappush(self._due, (leaves_at, index, True))
        return Move(at, index, occupied=True, leaves_at=leaves_at)

    def mind(self, turnout: Turnout, at: float) -> None:
        """Go by other prices from then on: where nobody had come by then chance is asked anew, which is exact, as waiting has no memory."""
        before, self._turnout = self._turnout, self._by_site(turnout)
        for place, (due, index, _) in enumerate(self._due):
            if self._turnout[index] != before[index] and not self.occupied[index] and due > at:
                self._due[place] = self._vacancy(index, at)
        heapq.heapify(self._due)

    def parked(self) -> list[tuple[int, float]]:
        """Index of each site that is in use, and when its vehicle will leave."""
        return [(index, at) for at, index, moves in sorted(self._due) if moves and self.occupied[index]]

    def _by_site(self, turnout: Turnout) -> list[float]:
        return [turnout.get((site.zone_id, site.kind), 1.0) for site in self._sites]

    def _begin(self, index: int, start: float) -> None:
        if self._random.random() < self._share(index, start):
            self.occupied[index] = True
            rest = float(self._random.random()) * self._stay(index, length_biased=True)
            self._due.append((start + rest, index, True))
        else:
            self._due.append(self._vacancy(index, start))

    def _share(self, index: int, at: float) -> float:
        site = self._sites[index]
        share = share_in_use(site.area_class, site.use, at, self._lean[site.zone_id])
        turnout = self._turnout[index]
        return share if turnout == 1.0 else share_with(share, turnout)

    def _stay(self, index: int, *, length_biased: bool = False) -> float:
        median, sigma = self._stay_shape(index)
        location = math.log(median) + (sigma * sigma if length_biased else 0.0)
        return float(self._random.lognormal(location, sigma))

    def _stay_shape(self, index: int) -> tuple[float, float]:
        """Median in seconds, already shortened by the speed, and spread."""
        site = self._sites[index]
        stay, speed = STAYS[site.use], 1.0 if site.zone_id in UNWATCHED else self._speed
        return stay.median_min * 60.0 * CLASS_STAY[site.area_class] / speed, stay.sigma

    def _vacancy(self, index: int, at: float) -> tuple[float, int, bool]:
        median, sigma = self._stay_shape(index)
        share = self._share(index, at)
        mean = median * math.exp(sigma * sigma / 2.0) * (1.0 - share) / share
        arrival = at + float(self._random.exponential(mean))
        hour = next_hour(at)
        return (arrival, index, True) if arrival < hour else (hour, index, False)
