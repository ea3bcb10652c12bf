"""The battery of a device: low or not, and the day on which it will be empty.

The trend is a Theil–Sen line over daily means: the median of the slopes between all pairs of days, which cold nights and
odd readings do not bend. It is believed where Sen's interval of the slope lies wholly below zero.
"""

from typing import Final, Literal

import msgspec
import numpy as np

from devices.health.judgement import CLEAR, Finding, Judgement
from devices.health.policy import DAY, Policy

Unit = Literal["pct", "V"]

DAYS_KEPT: Final = 90
_FITTED: Final = 60
_LEAST_POINTS: Final = 10
_Z: Final = 1.96
_NEW_CELL: Final[dict[Unit, float]] = {"pct": 20.0, "V": 0.25}
"""A rise by so much from one day to the next is a new battery; weather makes less."""
_FARTHEST_DAYS: Final = 3650


class Trend(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """A line through the daily means: `at_day` is its value on `day`, days count from 1970 UTC."""

    day: int
    at_day: float
    slope: float
    """A day."""
    falls: bool
    """Beyond doubt."""


class Battery(msgspec.Struct, array_like=True):
    """Daily means, oldest first; the last one still grows."""

    unit: Unit = "pct"
    days: list[int] = []
    means: list[float] = []
    count: int = 0
    """Readings in the last mean."""
    trend: Trend | None = None
    low_since: int | None = None
    """From when the present reading is below the lower bound."""
    flag_since: int | None = None
    """The device itself says so."""
    flag_at: int = 0
    ending_since: int | None = None


def measure(battery: Battery, unit: Unit, value: float, at: int) -> None:
    """Take a reading in; a new unit or a new battery begins anew."""
    day = at // DAY
    if battery.days and (unit != battery.unit or value > battery.means[-1] + _NEW_CELL[unit]):
        forget(battery)
    battery.unit = unit
    if battery.days and day <= battery.days[-1]:
        battery.count += 1
        battery.means[-1] += (value - battery.means[-1]) / battery.count
        return
    if battery.days:
        battery.trend = fit(battery.days, battery.means)
    battery.days.append(day)
    battery.means.append(value)
    battery.count = 1
    if len(battery.days) > DAYS_KEPT:
        del battery.days[0], battery.means[0]


def flag(battery: Battery, at: int) -> None:
    """The device says that its battery is low."""
    battery.flag_since = at if battery.flag_since is None else battery.flag_since
    battery.flag_at = max(at, battery.flag_at)


def forget(battery: Battery) -> None:
    """The battery is another one."""
    battery.days, battery.means, battery.count, battery.trend = [], [], 0, None
    battery.low_since = battery.flag_since = battery.ending_since = None


def fit(days: list[int], means: list[float]) -> Trend | None:
    """The line through the last 60 days; None for fewer than ten points."""
    x = np.array(days[-_FITTED:], dtype=float)
    y = np.array(means[-_FITTED:], dtype=float)
    x, y = x[x > x[-1] - _FITTED], y[x > x[-1] - _FITTED]
    n = len(x)
    if n < _LEAST_POINTS:
        return None
    left, right = np.triu_indices(n, 1)
    slopes = np.sort((y[right] - y[left]) / (x[right] - x[left]))
    slope = float(np.median(slopes))
    # Sen's interval: the ranks that Kendall's variance of the number of falling pairs allows.
    margin = _Z * float(np.sqrt(n * (n - 1) * (2 * n + 5) / 18))
    upper = min(len(slopes) - 1, int((len(slopes) + margin) / 2))
    at_day = float(np.median(y - slope * (x - x[-1])))
    return Trend(int(x[-1]), at_day, slope, bool(slopes[upper] < 0))


def ends_on(battery: Battery, empty_v: float | None, policy: Policy) -> int | None:
    """Day (from 1970) on which the line reaches empty; None where nothing is known of that or it lies ten years away."""
    trend, empty = battery.trend, 0.0 if battery.unit == "pct" else empty_v
    if trend is None or empty is None or not trend.falls or battery.days[-1] - battery.days[0] < policy.battery_days:
        return None
    days = (empty - trend.at_day) / trend.slope
    return trend.day + max(0, int(days)) if days <= _FARTHEST_DAYS else None


def judge_low(battery: Battery, empty_v: float | None, now: int, policy: Policy) -> Judgement:
    measured = _measured(battery, empty_v, now, policy)
    if isinstance(measured, Finding):
        return measured
    if battery.flag_since is not None:
        if now - battery.flag_at <= policy.battery_flag_kept:
            return Finding(battery.flag_since, "设备报告电量低", "The device reports a low battery")
        battery.flag_since = None
    return measured if battery.days else CLEAR


def judge_ending(battery: Battery, empty_v: float | None, now: int, policy: Policy) -> Judgement:
    end = ends_on(battery, empty_v, policy)
    left = None if end is None else end - now // DAY
    if left is None or left > policy.battery_lasting_days:
        battery.ending_since = None
        return CLEAR
    if left > policy.battery_ending_days:
        return None
    if battery.ending_since is None:
        battery.ending_since = now
    return Finding(
        battery.ending_since,
        f"按趋势预计 {max(0, left)} 天后电量耗尽",
        f"By its trend the battery is empty in {max(0, left)} days",
    )


def _measured(battery: Battery, empty_v: float | None, now: int, policy: Policy) -> Judgement:
    """By the newest daily mean, in per cent or above the voltage at which the device stops."""
    if not battery.means:
        return None
    value = battery.means[-1]
    if battery.unit == "pct":
        low, fine, text = policy.battery_low_pct, policy.battery_fine_pct, f"{value:.0f} %"
    elif empty_v is None:
        return CLEAR
    else:
        low, fine, text = empty_v + policy.battery_low_v, empty_v + policy.battery_fine_v, f"{value:.2f} V"
    if value <= low:
        if battery.low_since is None:
            battery.low_since = now
        return Finding(battery.low_since, f"电量 {text}", f"The battery is at {text}")
    battery.low_since = None
    return CLEAR if value >= fine else None
