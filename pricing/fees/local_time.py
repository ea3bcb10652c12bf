"""Where the daily spans of a rate table fall in real time: local days and segments as half-open UTC seconds.

Clock changes are the zone's own: a segment is as long as its local day makes it, and no second belongs to two segments.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pricing.fees.intervals import Interval

_DAY = timedelta(days=1)


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=8192)
def instant(day: date, at: time, zone: ZoneInfo) -> int:
    """Seconds since 1970 of a local wall time; in a repeated hour the first of the two."""
    return int(datetime.combine(day, at, tzinfo=zone).astimezone(UTC).timestamp())


def local_day(second: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(second, zone).date()


def days(start: int, end: int, zone: ZoneInfo) -> Iterator[tuple[date, Interval]]:
    """Yield the local days that `[start, end)` touches, each with its part of it."""
    day = local_day(start, zone)
    while True:
        low, high = instant(day, time(), zone), instant(day + _DAY, time(), zone)
        if low >= end:
            return
        yield day, (max(low, start), min(high, end))
        day += _DAY


def occurrences(start: int, end: int, from_: time, to: time, zone: ZoneInfo) -> Iterator[Interval]:
    """Yield each daily `[from_, to)` that touches `[start, end)`, whole, also when it crosses midnight."""
    day = local_day(start, zone) - _DAY
    while True:
        low = instant(day, from_, zone)
        if low >= end:
            return
        high = instant(day if from_ < to else day + _DAY, to, zone)
        if high > start:
            yield low, high
        day += _DAY
