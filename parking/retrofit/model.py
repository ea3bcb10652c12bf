"""Weeks, plans and figures of the retrofit; pure.

A space is retrofitted from the moment at which an accepted device that watches it has been heard there or has passed its
test there, until no accepted device watches it any more.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from parking.domain.errors import InvalidInputError

CITY_TIME: Final = ZoneInfo("Asia/Shanghai")
"""In whose weeks the plan counts."""
WEEK: Final = timedelta(days=7)
PLAN_COLUMNS: Final = ("district", "week", "spaces")
_LARGEST: Final = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedWeek:
    """How many spaces of a district are to be retrofitted in the week that begins on a Monday."""

    district_id: str
    week: date
    spaces: int


@dataclass(frozen=True, slots=True)
class PlanRowError:
    """Why one row of a plan was refused; the others pass. `index` counts from 0."""

    index: int
    code: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrofitWeek:
    """Plan and progress of one district in one week; what is to come has no figures of progress."""

    district_id: str
    week: date
    planned: int
    planned_in_all: int
    """Up to the end of this week."""
    done: int | None
    """Retrofitted more than at the end of the week before; below zero where more was lost than gained."""
    done_in_all: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DistrictRetrofit:
    """Where one district stands now."""

    district_id: str
    name: str
    name_en: str
    spaces: int
    retrofitted: int
    planned: int
    """In all weeks of the plan."""
    due: int
    """Planned up to the end of the present week."""

    @property
    def share(self) -> float | None:
        """Of all its spaces; None where it has none."""
        return self.retrofitted / self.spaces if self.spaces else None


class PlanFileInvalidError(InvalidInputError):
    """The file as a whole cannot be read."""

    code = "plan_file_invalid"


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week_of(at: datetime) -> date:
    """The Monday of the city's week in which an instant lies."""
    return monday_of(at.astimezone(CITY_TIME).date())


def end_of(week: date) -> datetime:
    """The first moment after the week that begins on this Monday."""
    return datetime.combine(week + WEEK, time(), CITY_TIME)


def weeks_between(first: date, last: date) -> list[date]:
    """The Mondays from one to the other, both of them in it."""
    return [first + number * WEEK for number in range((last - first) // WEEK + 1)]


def planned_week(district_id: str, week: str, spaces: str) -> PlannedWeek:
    """Read one row: `week` is a Monday (`2026-06-01`) or an ISO week (`2026-W23`).

    Raises InvalidInputError (`week_invalid`, `spaces_invalid`).
    """
    try:
        monday = date.fromisoformat(week)
    except ValueError as error:
        raise InvalidInputError(f"{week[:32]!r} is neither a day nor an ISO week", code="week_invalid") from error
    if monday.weekday() != 0:
        raise InvalidInputError(f"{week[:32]} is no Monday, on which weeks begin", code="week_invalid")
    if not (spaces.isascii() and spaces.isdigit() and len(spaces) <= len(str(_LARGEST)) and int(spaces) <= _LARGEST):
        raise InvalidInputError(f"{spaces[:32]!r} is not a number of spaces", code="spaces_invalid")
    return PlannedWeek(district_id=district_id, week=monday, spaces=int(spaces))


def read_plan(lines: Iterable[str]) -> Iterator[PlannedWeek | PlanRowError]:
    """Read a CSV file with the heading `district,week,spaces`. Raises `PlanFileInvalidError`."""
    try:
        rows = csv.DictReader(lines)
        if frozenset(rows.fieldnames or ()) != frozenset(PLAN_COLUMNS):
            raise PlanFileInvalidError(f"the heading is {','.join(PLAN_COLUMNS)}")
        for index, row in enumerate(rows):
            cells = [(row[name] or "").strip() for name in PLAN_COLUMNS]
            try:
                yield planned_week(*cells)
            except InvalidInputError as error:
                yield PlanRowError(index, error.code, error.detail)
    except (csv.Error, UnicodeDecodeError) as error:
        raise PlanFileInvalidError(f"no CSV file in UTF-8: {error}") from error
