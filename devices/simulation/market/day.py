"""One day of the town under several price lists at once, with the same drivers: who parks where, and who is turned away.

Drivers and their tastes are drawn once; under each price list they decide for themselves. Within a minute those who meet at
the last space are served in the order in which they came. Times in minutes since waking.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from devices.simulation.market.town import (
    BANDS,
    CLOSES_H,
    NEAREST,
    OPENS_H,
    STAY_SPREAD,
    WAKES_H,
    Bools,
    Floats,
    Ints,
    Town,
)

DAY_MIN: Final = (CLOSES_H - WAKES_H) * 60
QUIET_MIN: Final = (OPENS_H - WAKES_H) * 60
"""Before the first band: free, and not counted."""
FULL: Final = 0.9
GARAGE: Final = NEAREST
"""Column of the choice not to park at the kerb."""
_BAND_OF: Final = np.concatenate(
    [
        np.zeros(QUIET_MIN, dtype=np.int64),
        *(np.full((end - start) * 60, band) for band, (start, end) in enumerate(BANDS)),
    ]
)


@dataclass(frozen=True)
class Drivers:
    """Those of one day, in the order of arrival; arrays by driver."""

    minute: Ints
    zone: Ints
    stay_min: Ints
    tastes: Floats
    """(drivers, NEAREST + 1): how each choice suits, beyond what can be counted; Gumbel."""
    is_stale: Bools
    is_paying: Bools

    @cached_property
    def charged_h(self) -> Floats:
        """Hours of the stay for which a fee is due; 0 for those who do not pay."""
        quiet = np.maximum(QUIET_MIN - self.minute, 0)
        hours: Floats = np.maximum(self.stay_min - quiet, 0) / 60.0 * self.is_paying
        return hours


@dataclass(frozen=True)
class DayCount:
    """Sums by price list, zone and band; shapes (lists, zones, bands)."""

    occupied_min: Floats
    """Space-minutes."""
    full_min: Floats
    """Minutes in which at least 90 % of the spaces were taken."""
    fees: Floats
    """Currency units, of stays by the band in which they began."""
    turned_away: Floats
    """Drivers who gave up, by destination; shape (lists, zones)."""


def draw(town: Town, day_type: int, *, seed: tuple[int, ...]) -> Drivers:
    """The same seed gives the same drivers."""
    random = np.random.default_rng([*seed, 23])
    hourly = np.repeat(town.arrivals[day_type], 60, axis=1) / 60.0
    counts = random.poisson(hourly)
    zone, minute = np.nonzero(counts)
    repeat = counts[zone, minute]
    zone, minute = np.repeat(zone, repeat), np.repeat(minute, repeat)
    order = np.lexsort((random.random(len(zone)), minute))
    zone, minute = zone[order], minute[order]
    stay = np.exp(random.normal(np.log(town.stay_h[zone] * 60.0), STAY_SPREAD))
    return Drivers(
        minute=minute,
        zone=zone,
        stay_min=np.clip(stay, 5, 12 * 60).astype(np.int64),
        tastes=random.gumbel(size=(len(zone), NEAREST + 1)),
        is_stale=random.random(len(zone)) < town.habits.stale,
        is_paying=random.random(len(zone)) >= town.habits.unpaying,
    )


def pass_day(town: Town, drivers: Drivers, prices: Floats, before: Floats) -> DayCount:
    """`prices` and `before`, those of the period before, are currency units an hour, shape (lists, zones, bands)."""
    wishes = _wishes(town, drivers, prices, before)
    kerb = _Kerb(town, prices)
    starts = np.searchsorted(drivers.minute, np.arange(DAY_MIN + 1))
    for minute in range(DAY_MIN):
        kerb.taken -= kerb.leaving[minute]
        some = np.arange(starts[minute], starts[minute + 1])
        if len(some):
            kerb.park(drivers, wishes[:, some], some)
        if minute >= QUIET_MIN:
            kerb.count(int(_BAND_OF[minute]))
    return DayCount(kerb.occupied, kerb.full, kerb.fees, kerb.away)


def _wishes(town: Town, drivers: Drivers, prices: Floats, before: Floats) -> Ints:
    """(lists, drivers, tries): zones in the order in which they are looked at; −1 for not at the kerb."""
    habits, zones = town.habits, town.candidates[drivers.zone]
    band = _BAND_OF[drivers.minute][:, None]
    known = np.where(drivers.is_stale[:, None], before[:, zones, band], prices[:, zones, band])
    paid = known * drivers.charged_h[:, None]
    utility = np.empty((len(prices), len(drivers.zone), NEAREST + 1))
    utility[:, :, :NEAREST] = -habits.response * paid - habits.walk * town.walks_m[drivers.zone]
    utility[:, :, GARAGE] = -habits.elsewhere
    utility += drivers.tastes
    order = np.argsort(-utility, axis=2, kind="stable")[:, :, : habits.tries]
    named = np.concatenate([zones, np.full((len(zones), 1), -1)], axis=1)
    wishes: Ints = np.take_along_axis(np.broadcast_to(named, utility.shape), order, axis=2)
    # Whoever prefers not to park at the kerb looks no further.
    wishes[np.cumsum(wishes < 0, axis=2) > 0] = -1
    return wishes


class _Kerb:
    """The spaces of all zones under each price list, while the day passes."""

    def __init__(self, town: Town, prices: Floats) -> None:
        shape = prices.shape[:2]
        self._spaces, self._prices = town.spaces, prices
        self.taken: Ints = np.zeros(shape, dtype=np.int64)
        self.leaving: Ints = np.zeros((DAY_MIN + 1, *shape), dtype=np.int64)
        self.occupied: Floats = np.zeros(prices.shape)
        self.full: Floats = np.zeros(prices.shape)
        self.fees: Floats = np.zeros(prices.shape)
        self.away: Floats = np.zeros(shape)

    def count(self, band: int) -> None:
        self.occupied[:, :, band] += self.taken
        self.full[:, :, band] += self.taken >= FULL * self._spaces

    def park(self, drivers: Drivers, wishes: Ints, some: Ints) -> None:
        """Let the drivers of one minute look for a space, one look after the other."""
        looking = np.ones(wishes.shape[:2], dtype=np.bool_)
        for look in range(wishes.shape[2]):
            wanted = wishes[:, :, look]
            looking &= wanted >= 0
            which, who = np.nonzero(looking)
            if not len(which):
                return
            lucky = self._served(which, wanted[which, who])
            which, who = which[lucky], who[lucky]
            self._take(drivers, some[who], which, wanted[which, who])
            looking[which, who] = False
        which, who = np.nonzero(looking)
        np.add.at(self.away, (which, drivers.zone[some[who]]), 1.0)

    def _served(self, which: Ints, zone: Ints) -> Ints:
        """Places of those who find a space: the first to come, as many as there are."""
        place = which * len(self._spaces) + zone
        order = np.argsort(place, kind="stable")
        rank = np.arange(len(place)) - np.searchsorted(place[order], place[order])
        left = (self._spaces - self.taken).reshape(-1)
        served: Ints = order[rank < left[place[order]]]
        return served

    def _take(self, drivers: Drivers, driver: Ints, which: Ints, zone: Ints) -> None:
        minute = drivers.minute[driver]
        np.add.at(self.taken, (which, zone), 1)
        np.add.at(self.leaving, (np.minimum(minute + drivers.stay_min[driver], DAY_MIN), which, zone), 1)
        band = _BAND_OF[minute]
        np.add.at(self.fees, (which, zone, band), self._prices[which, zone, band] * drivers.charged_h[driver])
