"""A rate table prepared for pricing: which collection is for whom, and when each of its lines holds, day by day.

Pricing a stay looks into these tables only; they fill as days are asked for and are kept for the tables last used.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from parking.calendar.official import Calendars, OfficialCalendar
from pricing.fees.intervals import Interval
from pricing.fees.local_time import instant, zone_of
from pricing.fees.soundness import require_sound
from pricing.rates.model import Day, RateLine, RateLineCollection, RateTable

_WEEKDAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KINDS: Final[frozenset[Day]] = frozenset({"workday", "restday", "holiday"})
_KEPT_TABLES: Final = 256
_KEPT_DAYS: Final = 4096

PlaceKey = tuple[str, str, str, str, str]
"""Area class, kind of place, vehicle class, energy, use."""


class LinePlan:
    """One line of a collection with its occurrences."""

    __slots__ = ("_calendar", "_occurrences", "_zone", "rate")

    def __init__(self, rate: RateLine, zone: ZoneInfo, calendar: OfficialCalendar | None) -> None:
        self.rate: Final = rate
        self._zone: Final = zone
        self._calendar: Final = calendar
        self._occurrences: Final[dict[int, Interval | None]] = {}

    def occurrence(self, day: int) -> Interval | None:
        """The span that begins on the day (proleptic ordinal), None where it does not hold or has no length."""
        try:
            return self._occurrences[day]
        except KeyError:
            if len(self._occurrences) >= _KEPT_DAYS:
                self._occurrences.clear()
            found = self._occurrences[day] = self._occurrence(day)
            return found

    def segments(self, first_day: int, last_day: int) -> Iterator[Interval]:
        """Occurrences that begin on the days, those that touch joined unless the line is charged per use."""
        joins = self.rate.mode != "per_use"
        open_: Interval | None = None
        for day in range(first_day, last_day + 1):
            span = self.occurrence(day)
            if span is None:
                continue
            if open_ is not None:
                if joins and open_[1] == span[0]:
                    open_ = (open_[0], span[1])
                    continue
                yield open_
            open_ = span
        if open_ is not None:
            yield open_

    def _occurrence(self, ordinal: int) -> Interval | None:
        day, rate = date.fromordinal(ordinal), self.rate
        if (rate.valid_from is not None and day < rate.valid_from) or (
            rate.valid_to is not None and day > rate.valid_to
        ):
            return None
        if rate.days and _WEEKDAYS[day.weekday()] not in rate.days and not self._is_of_kind(day):
            return None
        end_day = day if rate.start < rate.end else date.fromordinal(ordinal + 1)
        low, high = instant(day, rate.start, self._zone), instant(end_day, rate.end, self._zone)
        return (low, high) if low < high else None

    def _is_of_kind(self, day: date) -> bool:
        return self._calendar is not None and self._calendar.kind_of(day) in self.rate.days


class CollectionPlan:
    """A collection with its prepared lines; compared by identity."""

    __slots__ = ("collection", "lines", "table")

    def __init__(
        self, table: RateTable, collection: RateLineCollection, zone: ZoneInfo, calendar: OfficialCalendar | None
    ) -> None:
        self.table: Final = table
        self.collection: Final = collection
        self.lines: Final = tuple(LinePlan(rate, zone, calendar) for rate in collection.lines)


class TablePlan:
    """A table with its collections, days and clocks those of the calendar and zone that it is read with."""

    __slots__ = ("_matches", "collections", "table", "zone")

    def __init__(self, table: RateTable, calendars: Calendars, timezone: str, country: str) -> None:
        require_sound(table)
        self.table: Final = table
        self.zone: Final = zone_of(timezone)
        asks = any(line.days & _KINDS for collection in table.collections for line in collection.lines)
        calendar = calendars(country) if asks else None
        self.collections: Final = tuple(
            CollectionPlan(table, collection, self.zone, calendar) for collection in table.collections
        )
        self._matches: Final[dict[PlaceKey, list[tuple[CollectionPlan, int]]]] = {}

    def collections_for(self, key: PlaceKey) -> list[tuple[CollectionPlan, int]]:
        """Those for the place and vehicle, each with the percentage of its prices."""
        found = self._matches.get(key)
        if found is None:
            shares = ((plan, plan.collection.eligibility.percent_for(*key)) for plan in self.collections)
            found = self._matches[key] = [(plan, percent) for plan, percent in shares if percent is not None]
        return found


_Key = tuple[int, Calendars, str, str]
_plans: Final[dict[_Key, TablePlan]] = {}
"""By the identity of the table, which a plan keeps alive: equal tables of many lines are slow to hash."""


def plan_of(table: RateTable, calendars: Calendars, timezone: str, country: str) -> TablePlan:
    """The table prepared under a time zone and a country's calendar.

    Raises `FeeRefusedError` (`table_invalid`) for a table that cannot be priced, `InvalidInputError`
    (`calendar_unknown`) where its days need a calendar that nobody keeps.
    """
    key = (id(table), calendars, timezone, country)
    plan = _plans.get(key)
    if plan is None:
        plan = TablePlan(table, calendars, timezone, country)
        if len(_plans) >= _KEPT_TABLES:
            _plans.clear()
        _plans[key] = plan
    return plan
