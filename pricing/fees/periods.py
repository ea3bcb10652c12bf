"""Calendar periods as units of charging: where the hours, days, weeks, months and years of a part begin.

Source: CDS, Rate.rate_unit_period; months and years are cut to the end of a shorter month.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from pricing.fees.intervals import Interval
from pricing.fees.local_time import instant
from pricing.rates.model import Period, PeriodUnit

_SECONDS: Final[Mapping[PeriodUnit, int]] = MappingProxyType({"hour": 3600, "day": 86_400, "week": 604_800})
_DAY: Final = timedelta(days=1)


def period_bounds(period: Period, first: int, at: int, zone: ZoneInfo) -> Interval:
    """The period `[start, end)` that holds the second `at`; rolling ones are counted from the second `first`."""
    if period.alignment == "calendar":
        return _CALENDAR[period.unit](datetime.fromtimestamp(at, zone), zone)
    length = _SECONDS.get(period.unit)
    if length is not None:
        start = first + (at - first) // length * length
        return start, start + length
    months = 1 if period.unit == "month" else 12
    origin, local = datetime.fromtimestamp(first, zone), datetime.fromtimestamp(at, zone)
    count = ((local.year - origin.year) * 12 + local.month - origin.month) // months
    if _months_after(first, count * months, zone) > at:
        count -= 1
    return _months_after(first, count * months, zone), _months_after(first, (count + 1) * months, zone)


def period_starts(period: Period, spans: Sequence[Interval], zone: ZoneInfo) -> Iterator[int]:
    """For each period that holds a second of the spans, the position of the first such second in them."""
    first, position, end = spans[0][0], 0, spans[0][0]
    for low, high in spans:
        at = max(low, end)
        while at < high:
            yield position + at - low
            end = at = period_bounds(period, first, at, zone)[1]
        position += high - low


def _months_after(first: int, months: int, zone: ZoneInfo) -> int:
    if months == 0:
        return first
    origin = datetime.fromtimestamp(first, zone)
    year, month = divmod(origin.year * 12 + origin.month - 1 + months, 12)
    day = date(year, month + 1, min(origin.day, monthrange(year, month + 1)[1]))
    return instant(day, origin.time().replace(fold=0), zone)


def _hour(local: datetime, zone: ZoneInfo) -> Interval:
    start = local.replace(minute=0, second=0, fold=0, tzinfo=None)
    end = start + timedelta(hours=1)
    return instant(start.date(), start.time(), zone), instant(end.date(), end.time(), zone)


def _days(first: date, end: date, zone: ZoneInfo) -> Interval:
    midnight = datetime.min.time()
    return instant(first, midnight, zone), instant(end, midnight, zone)


def _day(local: datetime, zone: ZoneInfo) -> Interval:
    return _days(local.date(), local.date() + _DAY, zone)


def _week(local: datetime, zone: ZoneInfo) -> Interval:
    monday = local.date() - local.weekday() * _DAY
    return _days(monday, monday + 7 * _DAY, zone)


def _month(local: datetime, zone: ZoneInfo) -> Interval:
    first = local.date().replace(day=1)
    return _days(first, (first + 31 * _DAY).replace(day=1), zone)


def _year(local: datetime, zone: ZoneInfo) -> Interval:
    return _days(date(local.year, 1, 1), date(local.year + 1, 1, 1), zone)


_CALENDAR: Final[Mapping[PeriodUnit, Callable[[datetime, ZoneInfo], Interval]]] = MappingProxyType(
    {"hour": _hour, "day": _day, "week": _week, "month": _month, "year": _year}
)
