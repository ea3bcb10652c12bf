"""Which days must be looked at: one for each combination of lines that begin on a day and on the day before it.

Days of two announced years are looked through, with the leap day of 2028, the edges of every validity, and the days on which
clocks change; the law's validity bounds them.
"""

from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from parking.calendar.official import Calendars, OfficialCalendar
from pricing.fees.local_time import instant
from pricing.fees.plan import LinePlan
from pricing.rates.model import RateLine, RateLineCollection, RateTable

_FIRST: Final = date(2025, 1, 1)
_COUNT: Final = 730
_LEAP_DAYS: Final = (date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1))
_DAY: Final = timedelta(days=1)

_Pattern = tuple[frozenset[str], date | None, date | None]


class SampleDays:
    """The days worth probing in one table."""

    def __init__(self, table: RateTable, calendars: Calendars, zone: ZoneInfo) -> None:
        """Raise `InvalidInputError` (`calendar_unknown`) where nobody keeps the table's calendar."""
        self.calendar: Final[OfficialCalendar] = calendars(table.calendar)
        self._zone: Final = zone
        self._days: Final = _looked_through(table)
        self._plans: Final[dict[_Pattern, LinePlan]] = {}
        self._lengths: Final = {day: self._length(day) for day in self._days}

    def of(self, collection: RateLineCollection) -> list[date]:
        """In order; days before all lines are none of the collection's."""
        plans = list({id(plan): plan for plan in map(self._plan, collection.lines)}.values())
        begins = [line.valid_from for line in collection.lines]
        first = min((day for day in begins if day is not None), default=None) if None not in begins else None
        found: dict[tuple[object, ...], date] = {}
        for day in self._days:
            if first is not None and day < first:
                continue
            ordinal = day.toordinal()
            holding = tuple(plan.occurrence(at) is not None for plan in plans for at in (ordinal - 1, ordinal))
            found.setdefault((self._lengths[day], holding), day)
        return list(found.values())

    def _plan(self, line: RateLine) -> LinePlan:
        pattern: _Pattern = (frozenset(line.days), line.valid_from, line.valid_to)
        if pattern not in self._plans:
            whole_day = RateLine(
                rule_id="",
                start=time(),
                end=time(),
                mode="free",
                days=line.days,
                valid_from=line.valid_from,
                valid_to=line.valid_to,
            )
            self._plans[pattern] = LinePlan(whole_day, self._zone, self.calendar)
        return self._plans[pattern]

    def _length(self, day: date) -> int:
        return instant(day + _DAY, time(), self._zone) - instant(day, time(), self._zone)


def _looked_through(table: RateTable) -> list[date]:
    legal = table.legal
    first = max(legal.valid_from or _FIRST, _FIRST)
    if legal.valid_to is not None:
        first = min(first, legal.valid_to - _COUNT * _DAY)
    days = {first + number * _DAY for number in range(_COUNT + 1)} | set(_LEAP_DAYS)
    for edge in _edges(table):
        days |= {edge - _DAY, edge, edge + _DAY}
    return sorted(
        day
        for day in days
        if (legal.valid_from is None or day >= legal.valid_from) and (legal.valid_to is None or day <= legal.valid_to)
    )


def _edges(table: RateTable) -> Iterable[date]:
    bounds = [(table.legal.valid_from, table.legal.valid_to)]
    bounds += [(line.valid_from, line.valid_to) for collection in table.collections for line in collection.lines]
    return (day for pair in bounds for day in pair if day is not None)
