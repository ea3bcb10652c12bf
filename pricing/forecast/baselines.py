"""The two-line forecasts that every learned one must beat; pricing.md 4 found them hard to beat."""

import numpy as np

from pricing.forecast.history import DAY, WEEK, Floats
from pricing.forecast.shifts import held, shifted


def last_week(shares: Floats, horizon: int) -> Floats:
    """The same time a week ago, or as many whole weeks ago as the horizon asks for."""
    return shifted(shares, -(-horizon // WEEK) * WEEK)


def weekday_profile(shares: Floats, before: int) -> Floats:
    """Mean of each slot of the week over all weeks before the slot `before`, for every slot of the series."""
    slots = shares.shape[-1]
    whole = -(-slots // WEEK) * WEEK
    known = np.full((shares.shape[0], whole), np.nan)
    known[:, : min(before, slots)] = shares[:, :before]
    weeks = known.reshape(len(shares), -1, WEEK)
    there = np.isfinite(weeks)
    number = there.sum(axis=1)
    total = np.where(there, weeks, 0.0).sum(axis=1)
    profile = np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
    return np.tile(profile, (1, whole // WEEK))[:, :slots]


def persistence(shares: Floats, horizon: int, before: int) -> Floats:
    """What was known at the horizon, moved by what the weekday profile does from then on; 0 to 1."""
    shares = held(shares)
    profile = weekday_profile(shares, before)
    moved: Floats = np.clip(shifted(shares, horizon) + profile - shifted(profile, horizon), 0.0, 1.0)
    return moved


def slots_of(minutes: int) -> int:
    """Raises ValueError for a horizon that is not a whole number of slots, at least one."""
    slots, rest = divmod(minutes * DAY, 24 * 60)
    if rest or slots < 1:
        raise ValueError(f"a horizon of {minutes} minutes is not a whole number of half hours")
    return slots
