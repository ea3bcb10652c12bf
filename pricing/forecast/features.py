"""What is known at t − h about the slot t, within a day: how such slots moved before, and how today differs.

Every feature is zero in a week like all others, so that the model is the profile baseline where the past says nothing.
"""

from typing import Final

import numpy as np

from pricing.forecast.days import Days, kind_mean, on_earlier
from pricing.forecast.history import DAY, Floats
from pricing.forecast.shifts import held, mean_known, shifted

NAMES: Final = (
    "profile",
    "profile_month",
    "profile_recent",
    "last_week",
    "week_before",
    "yesterday",
    "day_before",
    "to_last_week",
    "to_profile",
    "to_month",
    "slope",
    "slope_long",
    "surprise_yesterday",
    "surprise_last_week",
    "surprise_usual",
    "surprise_now",
    "surprise_today",
    "surprise_days",
    "fullness",
)
PROFILE_HALF_LIFE: Final = 12.0
MONTH_HALF_LIFE: Final = 3.0
RECENT_HALF_LIFE: Final = 1.0
"""Days of a kind, which are weeks where no day is special."""


def present(shares: Floats, horizon: int) -> Floats:
    """The last count known at the horizon."""
    return shifted(held(shares), horizon)


def features(shares: Floats, horizon: int, days: Days) -> Floats:
    """(facilities, slots, features) for a horizon of less than a day; what is unknown is zero.

    The first is by how much the profile moves from t − h to t: with the weight 1 alone the model is the baseline.
    """
    shares = held(shares)
    earlier = days.earlier(1)
    now, before = shifted(shares, horizon), shifted(shares, horizon + 1)
    profile = kind_mean(shares, earlier, PROFILE_HALF_LIFE)
    month = kind_mean(shares, earlier, MONTH_HALF_LIFE)
    recent = kind_mean(shares, earlier, RECENT_HALF_LIFE)
    off = shares - profile
    profile_then = shifted(profile, horizon)
    moves = _moved(profile, horizon)
    surprise = _moved(shares, horizon) - moves
    profile_before, profile_long = shifted(profile, horizon + 1), shifted(profile, horizon + 2)
    week_ago = on_earlier(shares, earlier[0])
    columns = (
        moves,
        _moved(month, horizon) - moves,
        _moved(recent, horizon) - moves,
        _moved(week_ago, horizon) - moves,
        _moved(on_earlier(shares, earlier[1]), horizon) - moves,
        _moved(shifted(shares, DAY), horizon) - moves,
        _moved(shifted(shares, 2 * DAY), horizon) - moves,
        week_ago - now,
        profile - now,
        month - now,
        now - before - (profile_then - profile_before),
        now - shifted(shares, horizon + 2) - (profile_then - profile_long),
        shifted(surprise, DAY),
        on_earlier(surprise, earlier[0]),
        mean_known(shifted(surprise, days * DAY) for days in range(1, 8)),
        now - profile_then,
        mean_known(shifted(off, back) for back in range(horizon, horizon + 8)),
        mean_known(shifted(off, horizon - horizon % DAY + days * DAY) for days in range(1, 6)),
        now * moves,
    )
    table = np.stack(columns, axis=-1)
    return np.where(np.isfinite(table), table, 0.0)


def _moved(series: Floats, horizon: int) -> Floats:
    """By how much the series moves within the horizon up to each slot."""
    return series - shifted(series, horizon)
