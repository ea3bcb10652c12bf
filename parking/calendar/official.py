"""What kind of day a day is by law: of the maintained library `holidays`, under what the city announces itself.

Notice periods are counted in these working days and tariffs hold on these kinds of days (street.md). In China the
State Council moves working days for one year at a time (调休), so a year that nobody has announced is a guess.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from parking.calendar.announcement import Announcement
from parking.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from holidays import HolidayBase

DayKind = Literal["workday", "restday", "holiday"]

_DAY: Final = timedelta(days=1)
_JOINS_RESTDAYS: Final = frozenset({"CN"})
"""Countries whose notices announce a holiday with the rest days beside it as one break."""
_KNOWN_YEARS: Final = range(2001, 2061)
"""Searched for the last year with working days that were moved."""


class OfficialCalendar:
    """The calendar of one country; what `announcements` say of it goes before the library."""

    def __init__(self, country: str, announcements: Iterable[Announcement] = ()) -> None:
        """Raise `InvalidInputError` (`calendar_unknown`) where nobody keeps a calendar for the country."""
        self.country: Final = country
        self._library: Final = _library_of(country)
        self._announced: Final = {item.year: item for item in announcements if item.country == country}
        self._days: Final = {day: kind for item in self._announced.values() for day, kind in item.days()}
        self._known: Final[dict[date, DayKind]] = {}

    def kind_of(self, day: date) -> DayKind:
        """Of a year that is not announced, what weekends and fixed holidays let expect; see `is_announced`."""
        kind = self._known.get(day)
        if kind is None:
            kind = self._known[day] = self._kind(day)
        return kind

    def is_announced(self, year: int) -> bool:
        """Whether the year's days are certain: announced, or in a country that moves no working days."""
        return year in self._announced or year in (_moved_years(self.country) or (year,))

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after the day.

        Raises `InvalidInputError` (`calendar_unannounced`) where the count enters a year that is not announced.
        """
        self._require(day.year)
        while count > 0:
            day += _DAY
            self._require(day.year)
            count -= self.kind_of(day) == "workday"
        return day

    def _require(self, year: int) -> None:
        if not self.is_announced(year):
            raise InvalidInputError(
                f"the working days of {year} in {self.country} are not announced; add them to the city's calendar",
                code="calendar_unannounced",
                fields={"country": self.country, "year": year},
            )

    def _kind(self, day: date) -> DayKind:
        said = self._days.get(day)
        if said is not None:
            return said
        if day.year in self._announced:
            return "restday" if self._library.is_weekend(day) else "workday"
        if self._is_worked(day):
            return "workday"
        return "holiday" if self._is_in_break(day) else "restday"

    def _is_worked(self, day: date) -> bool:
        # Membership first: it is what makes the library look up the year, moved working days included.
        return day not in self._library and self._library.is_working_day(day)

    def _is_in_break(self, day: date) -> bool:
        if day in self._library:
            return True
        return self.country in _JOINS_RESTDAYS and any(self._reaches_holiday(day, step) for step in (-_DAY, _DAY))

    def _reaches_holiday(self, day: date, step: timedelta) -> bool:
        while not self._is_worked(day):
            if day in self._library:
                return True
            day += step
        return False


class Calendars:
    """The official calendars of all countries, with what the city announces over them."""

    def __init__(self, announcements: Iterable[Announcement] = ()) -> None:
        self._announcements: Final = tuple(announcements)
        self._of: Final[dict[str, OfficialCalendar]] = {}

    def __call__(self, country: str) -> OfficialCalendar:
        """By ISO 3166-1 alpha-2; raises `InvalidInputError` (`calendar_unknown`)."""
        found = self._of.get(country)
        if found is None:
            found = self._of[country] = OfficialCalendar(country, self._announcements)
        return found


OFFICIAL: Final = Calendars()


def _library_of(country: str) -> "HolidayBase":
    # Loaded when first asked: the library takes a tenth of a second, which most commands need not spend.
    from holidays import country_holidays  # noqa: PLC0415

    try:
        return country_holidays(country)
    except NotImplementedError as error:
        raise InvalidInputError(
            f"there is no official calendar for {country[:16]!r}", code="calendar_unknown", fields={"country": country}
        ) from error


@cache
def _moved_years(country: str) -> range:
    """The years in which the library knows of moved working days, from the first to the last; may be empty."""
    from holidays import country_holidays  # noqa: PLC0415 - as above

    years = sorted({day.year for day in country_holidays(country, years=_KNOWN_YEARS).weekend_workdays})
    return range(years[0], years[-1] + 1) if years else range(0)
