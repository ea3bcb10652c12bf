"""How far a device's clock is from ours, learnt from the messages that carry its time.

The offset is the median of the last messages, so one that was held back moves nothing. Three in a row that lie over
120 s away from it are a jump, and begin the reckoning anew.
"""

from statistics import median
from typing import Final

import msgspec

from devices.health.judgement import CLEAR, Finding, Judgement
from devices.health.policy import DAY, SECOND, Policy

_KEPT: Final = 9
_LEAST: Final = 3
"""Messages from which on the median holds against one that is wrong."""
_JUMP: Final = 3
_QUARTER: Final = 900 * SECOND
_LARGEST_ZONE: Final = 14 * 3600 * SECOND
_UNSET: Final = 5 * 365 * DAY
"""A clock that far behind was never set: it counts from 1970 or 2000."""
_MINUTE: Final = 60 * SECOND


class ClockOffset(msgspec.Struct, array_like=True):
    """Offsets of the last messages, device minus ours, oldest first, in microseconds."""

    offsets: list[int] = []
    strays: list[int] = []
    """The last ones in a row that do not fit."""
    strays_since: int = 0
    since: int = 0
    """From when on the present offset holds."""


def hear(clock: ClockOffset, device_at: int, ours: int, policy: Policy) -> None:
    """Take in what the device's clock said when ours said `ours`."""
    offset = device_at - ours
    offsets = clock.offsets
    if not offsets:
        clock.since = ours
    elif abs(offset - int(median(offsets))) > policy.clock_opens:
        if not clock.strays:
            clock.strays_since = ours
        clock.strays.append(offset)
        if len(clock.strays) >= _JUMP:
            clock.offsets, clock.strays, clock.since = clock.strays, [], clock.strays_since
        return
    clock.strays.clear()
    offsets.append(offset)
    if len(offsets) > _KEPT:
        del offsets[0]


def learnt(clock: ClockOffset | None, policy: Policy) -> int | None:
    """The offset by which the device's time can be set right; None while it is not known or not steady."""
    if clock is None or len(clock.offsets) < _LEAST:
        return None
    middle = int(median(clock.offsets))
    return middle if _spread(clock, middle) <= policy.clock_spread else None


def judge(clock: ClockOffset | None, policy: Policy) -> Judgement:
    if clock is None or len(clock.offsets) < _LEAST:
        return None
    middle = int(median(clock.offsets))
    if abs(middle) > policy.clock_opens:
        zh, en = _words(middle)
        return Finding(clock.since, zh, en)
    if _spread(clock, middle) > policy.clock_closes:
        return Finding(clock.since, "设备时钟忽快忽慢", "The device's clock wanders")
    return CLEAR if abs(middle) <= policy.clock_closes else None


def _spread(clock: ClockOffset, middle: int) -> int:
    """Median distance from the median."""
    return int(median(abs(offset - middle) for offset in clock.offsets))


def _words(offset: int) -> tuple[str, str]:
    if offset < -_UNSET:
        return "设备时钟从未校准", "The device's clock was never set"
    quarters = round(offset / _QUARTER)
    zone = quarters * _QUARTER
    if quarters and abs(zone) <= _LARGEST_ZONE and abs(offset - zone) <= 2 * _MINUTE:
        sign, minutes = "+" if zone > 0 else "-", abs(zone) // _MINUTE
        shift = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
        return f"把当地时间（{shift}）当作 UTC 发送", f"Sends local time ({shift}) as UTC"
    minutes = round(abs(offset) / _MINUTE)
    return (
        f"设备时钟{'快' if offset > 0 else '慢'} {minutes} 分钟",
        f"The device's clock is {minutes} minutes {'ahead' if offset > 0 else 'behind'}",
    )
