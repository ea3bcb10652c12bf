"""Where the wall times of a rate table fall in real time: local days and their bounds as UTC seconds.

Clock changes are the zone's own. Wall times become instants in their order, so that no second belongs to two spans that
meet: in a repeated hour the first is meant, and a wall time that is skipped is the instant of the jump.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pricing.fees.intervals import Interval

_DAY = timedelta(days=1)
_MIDNIGHT = time()


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=8192)
def instant(day: date, at: time, zone: ZoneInfo) -> int:
    """Seconds since 1970 of a local wall time."""
    wall = datetime.combine(day, at)
    first = _seconds(wall, zone)
    if datetime.fromtimestamp(first, zone).replace(tzinfo=None) == wall:
        return first
    return _jump(_seconds(wall.replace(fold=1), zone), first, zone)


def local_day(second: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(second, zone).date()


def day_span(day: date, zone: ZoneInfo) -> Interval:
    return instant(day, _MIDNIGHT, zone), instant(day + _DAY, _MIDNIGHT, zone)


def days(start: int, end: int, zone: ZoneInfo) -> Iterator[tuple[date, Interval]]:
    """Yield the local days that `[start, end)` touches, each with its part of it."""
    day = local_day(start, zone)
    while True:
        low, high = day_span(day, zone)
        if low >= end:
            return
        yield day, (max(low, start), min(high, end))
        day += _DAY


def _seconds(wall: datetime, zone: ZoneInfo) -> int:
    return int(wall.replace(tzinfo=zone).astimezone(UTC).timestamp())


def _jump(before: int, after: int, zone: ZoneInfo) -> int:
    """The first second in `(before, after]` with the clock of `after`."""
    new = datetime.fromtimestamp(after, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == new:
            after = middle
        else:
            before = middle
    return after
