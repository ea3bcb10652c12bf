"""The town: zones with spaces and distances, how many come where and when, and how drivers decide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

DAY_TYPES: Final = ("weekday", "weekend")
BANDS: Final = ((7, 11), (11, 16), (16, 21))
"""Local hours, half-open; prices are per zone, day type and band."""
WAKES_H: Final = 5
"""Drivers come from here on; nothing is charged or counted before the first band."""
OPENS_H: Final = 7
CLOSES_H: Final = 21
NEAREST: Final = 5
"""Zones that a driver thinks of: that of the destination and the nearest ones."""
BLOCK_M: Final = 220.0


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How drivers decide; the utility of parking in a zone is minus all that it costs, in units of the scatter of tastes."""

    response: float
    """Per currency unit of the whole fee of the stay; 0 for drivers who do not care."""
    walk: float = 0.006
    """Per metre between zone and destination."""
    elsewhere: float = 3.2
    """What not parking at the kerb at all costs: a garage, a bus, another day."""
    stale: float = 0.35
    """Share of drivers who have the prices of the period before in mind."""
    unpaying: float = 0.08
    """Share of drivers who do not pay and so see no price."""
    tries: int = 3
    """Zones a driver looks at before giving up."""


@dataclass(frozen=True, kw_only=True)
class Town:
    """Arrays by zone; `arrivals` (day types, zones, hours) are drivers an hour, from waking on, for whom the zone is the destination."""

    spaces: Ints
    places_m: Floats
    """(zones, 2), metres."""
    arrivals: Floats
    stay_h: Floats
    """Median stay of those who come to the zone."""
    habits: Habits

    @property
    def zones(self) -> int:
        return len(self.spaces)

    @property
    def candidates(self) -> Ints:
        """(zones, NEAREST): the zones that a driver with this destination thinks of, nearest first."""
        return np.argsort(self._distances, axis=1, kind="stable")[:, :NEAREST]

    @property
    def walks_m(self) -> Floats:
        """(zones, NEAREST)."""
        return np.take_along_axis(self._distances, self.candidates, axis=1)

    def shifted(self, factors: Sequence[float] | Floats) -> Self:
        """With so many times the drivers, by zone."""
        return replace(self, arrivals=self.arrivals * np.asarray(factors)[None, :, None])

    @property
    def _distances(self) -> Floats:
        apart: Floats = np.linalg.norm(self.places_m[:, None, :] - self.places_m[None, :, :], axis=2)
        return apart


def make_town(zones: int, *, seed: int, habits: Habits) -> Town:
    """A centre that is sought after and outskirts that are not, offices by day and restaurants in the evening."""
    random = np.random.default_rng([seed, 11])
    side = int(np.ceil(np.sqrt(zones)))
    grid = np.stack(np.divmod(np.arange(zones), side), axis=1) * BLOCK_M
    places = grid + random.normal(0.0, 25.0, (zones, 2))
    spaces = random.integers(15, 60, zones)
    middle = places.mean(axis=0)
    centrality = np.exp(-np.linalg.norm(places - middle, axis=1) / (0.45 * side * BLOCK_M))
    stay = np.exp(random.normal(np.log(1.1), 0.3, zones))
    hours = np.arange(WAKES_H, CLOSES_H)
    offices = np.exp(-((hours - 10.0) ** 2) / 8.0) + 0.8 * np.exp(-((hours - 14.5) ** 2) / 7.0)
    evenings = np.exp(-((hours - 18.5) ** 2) / 5.0)
    shopping = np.exp(-((hours - 15.0) ** 2) / 14.0)
    lean = random.uniform(0.0, 1.0, zones)
    weekday = lean[:, None] * offices + (1.0 - lean[:, None]) * (evenings + 0.4 * shopping)
    weekend = 0.9 * shopping + 0.6 * (1.0 - lean[:, None]) * evenings
    # How full the zone would be if nobody were turned away and nothing had a price: spread, so that no one price fits all.
    wanted = np.clip(0.55 + 1.5 * centrality + random.normal(0.0, 0.4, zones), 0.35, 3.0)
    mean_stay = stay * np.exp(0.5 * STAY_SPREAD**2)
    per_hour = (wanted * spaces / mean_stay)[:, None]
    return Town(
        spaces=spaces,
        places_m=places,
        arrivals=np.stack([per_hour * weekday, per_hour * weekend]),
        stay_h=stay,
        habits=habits,
    )


STAY_SPREAD: Final = 0.7
"""Of the logarithm of a stay."""
