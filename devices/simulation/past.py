"""The same drivers in fast time: weeks of stays of a whole city in a second, added up by the hour.

The law is that of `drivers`, with the same lean of every zone for the same seed, so that the city which then comes to
life goes on as its past was; only the draws are others. All spaces advance together, one vacancy and stay a round.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from devices.simulation.demand import CLASS_STAY, DAY_S, HOUR_S, STAYS, UTC_OFFSET_S, share_in_use
from devices.simulation.drivers import leans
from devices.simulation.fleet import Site
from devices.simulation.turnout import DayTurnout, share_with

FULL_SHARE: Final = 0.9
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Stays:
    """All stays that touch a span: index of the site, begin and end in seconds since 1970 UTC, not cut to the span."""

    site: Ints
    begin: Floats
    end: Floats


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Sums of a group of spaces for each hour of a span, as arrays of one length."""

    occupied_s: Ints
    full_s: Ints
    """Seconds in which at least nine in ten of the spaces were in use."""
    arrivals: Ints
    on_the_hour: Ints
    """Spaces in use then."""
    half_past: Ints


class FastDrivers:
    """Drivers who come and go at the speed of life, a span after another: what prices have changed may differ between spans."""

    def __init__(self, sites: Sequence[Site], *, seed: int, start: float) -> None:
        """`start` lies on an hour."""
        self._sites = sites
        self._random = np.random.default_rng([seed, 3])
        self._usual = _shares(sites, seed)
        median = np.array([STAYS[site.use].median_min * 60.0 * CLASS_STAY[site.area_class] for site in sites])
        self._sigma = np.array([STAYS[site.use].sigma for site in sites])
        self._log_median, self._mean = np.log(median), median * np.exp(self._sigma**2 / 2.0)
        self._free_at = np.full(len(sites), float(start))
        present = np.flatnonzero(self._random.random(len(sites)) < self._usual[:, _hour(np.array([start]))[0]])
        # What is left of a stay that chance meets: a uniform part of a length-biased one.
        whole = self._random.lognormal(self._log_median[present] + self._sigma[present] ** 2, self._sigma[present])
        self._free_at[present] += self._random.random(present.size) * whole
        self._kept = [(present, np.full(present.size, float(start)), self._free_at[present])]

    def live(self, until: float, turnout: DayTurnout = MappingProxyType({})) -> None:
        """Go on to `until`, which lies on an hour."""
        share = self._with(turnout)
        going = np.arange(len(self._sites))
        while (going := going[self._free_at[going] < until]).size:
            at = self._free_at[going]
            wanted = share[going, _hour(at)]
            arrival = at + self._random.exponential(self._mean[going] * (1.0 - wanted) / wanted)
            hour = (np.floor(at / HOUR_S) + 1.0) * HOUR_S
            comes = arrival < hour
            self._free_at[going] = hour
            arriving, begin = going[comes], arrival[comes]
            self._free_at[arriving] = begin + self._random.lognormal(self._log_median[arriving], self._sigma[arriving])
            self._kept.append((arriving, begin, self._free_at[arriving]))

    def stays(self, since: float) -> Stays:
        """Those that ended after it."""
        site, begin, over = (np.concatenate(part) for part in zip(*self._kept, strict=True))
        late = over > since
        return Stays(site=site[late], begin=begin[late], end=over[late])

    def _with(self, turnout: DayTurnout) -> Floats:
        share = self._usual.copy()
        for number, site in enumerate(self._sites):
            changed = turnout.get((site.zone_id, site.kind))
            if changed is not None:
                share[number] = [share_with(usual, each) for usual, each in zip(share[number], changed, strict=True)]
        return share


def by_hour(stays: Stays, members: Ints, *, start: float, hours: int) -> Hours:
    """Add up the stays of the sites `members` for each of the hours."""
    end = start + hours * HOUR_S
    chosen = np.isin(stays.site, members)
    begin, over = stays.begin[chosen], stays.end[chosen]
    edges = np.array([start + hour * HOUR_S for hour in range(hours + 1)])
    inside = np.clip(np.concatenate((begin, over, [start, end])), start, end)
    step = np.concatenate((np.ones(begin.size), -np.ones(over.size), [0.0, 0.0]))
    order = np.argsort(inside, kind="stable")
    at, count = inside[order], np.cumsum(step[order])
    need = math.ceil(FULL_SHARE * members.size)
    return Hours(
        occupied_s=_per_hour(at, count, edges),
        full_s=_per_hour(at, (count >= need).astype(np.float64), edges),
        arrivals=np.histogram(begin[begin > start], edges)[0].astype(np.int64),
        on_the_hour=_level_at(at, count, edges[:-1]),
        half_past=_level_at(at, count, edges[:-1] + HOUR_S / 2),
    )


def _per_hour(at: Floats, level: Floats, edges: Floats) -> Ints:
    """The integral of a step function over each hour, in whole seconds; `level` holds from its instant on."""
    area = np.concatenate(([0.0], np.cumsum(level[:-1] * np.diff(at))))
    return np.diff(np.rint(np.interp(edges, at, area))).astype(np.int64)


def _hour(at: Floats) -> Ints:
    hours: Ints = ((at + UTC_OFFSET_S) % DAY_S // HOUR_S).astype(np.int64)
    return hours


def _shares(sites: Sequence[Site], seed: int) -> Floats:
    """Expected share in use by site and local hour of the day."""
    lean = leans(sites, np.random.default_rng([seed, 1]))
    kinds = {
        key: [share_in_use(*key[:2], hour * HOUR_S - UTC_OFFSET_S, lean[key[2]]) for hour in range(24)]
        for key in {(site.area_class, site.use, site.zone_id) for site in sites}
    }
    return np.array([kinds[site.area_class, site.use, site.zone_id] for site in sites])


def _level_at(at: Floats, level: Floats, instants: Floats) -> Ints:
    return level[np.searchsorted(at, instants, side="right") - 1].astype(np.int64)
