"""The same drivers in fast time: weeks of stays of a whole city in a second, added up by the hour.

The law is that of `drivers`, with the same lean of every zone for the same seed, so that the city which then comes to
life goes on as its past was; only the draws are others. All spaces advance together, one vacancy and stay a round.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from devices.simulation.demand import CLASS_STAY, DAY_S, HOUR_S, STAYS, UTC_OFFSET_S, share_in_use
from devices.simulation.drivers import leans
from devices.simulation.fleet import Site

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


def live_through(sites: Sequence[Site], *, seed: int, start: float, hours: int) -> Stays:
    """Let the drivers come and go at the speed of life for `hours` hours from `start`, which lies on an hour."""
    end = start + hours * HOUR_S
    random = np.random.default_rng([seed, 3])
    share = _shares(sites, seed)
    median = np.array([STAYS[site.use].median_min * 60.0 * CLASS_STAY[site.area_class] for site in sites])
    sigma = np.array([STAYS[site.use].sigma for site in sites])
    log_median, mean = np.log(median), median * np.exp(sigma * sigma / 2.0)
    free_at = np.full(len(sites), float(start))
    present = np.flatnonzero(random.random(len(sites)) < share[:, _hour(np.array([start]))[0]])
    # What is left of a stay that chance meets: a uniform part of a length-biased one.
    whole = random.lognormal(log_median[present] + sigma[present] ** 2, sigma[present])
    free_at[present] += random.random(present.size) * whole
    kept = [(present, np.full(present.size, float(start)), free_at[present])]
    going = np.arange(len(sites))
    while (going := going[free_at[going] < end]).size:
        at = free_at[going]
        wanted = share[going, _hour(at)]
        arrival = at + random.exponential(mean[going] * (1.0 - wanted) / wanted)
        hour = (np.floor(at / HOUR_S) + 1.0) * HOUR_S
        comes = arrival < hour
        free_at[going] = hour
        arriving, begin = going[comes], arrival[comes]
        free_at[arriving] = begin + random.lognormal(log_median[arriving], sigma[arriving])
        kept.append((arriving, begin, free_at[arriving]))
    site, begin, over = (np.concatenate(part) for part in zip(*kept, strict=True))
    return Stays(site=site, begin=begin, end=over)


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
