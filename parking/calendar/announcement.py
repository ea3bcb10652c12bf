"""A year's working days and holidays as a city writes them down from the notice, before a library knows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from parking.domain.errors import InvalidInputError

_DAY: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=60)


class CalendarFileError(InvalidInputError):
    """The calendar of the city cannot be used."""

    code = "calendar_file_invalid"


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """One year of one country: breaks (first and last day) and the weekend days that are worked instead."""

    country: str
    year: int
    source: str
    breaks: tuple[tuple[date, date], ...]
    workdays: tuple[date, ...] = ()

    def days(self) -> Iterator[tuple[date, Literal["workday", "holiday"]]]:
        """Every day that it speaks of; a break may begin in the year before."""
        for first, last in self.breaks:
            for offset in range((last - first).days + 1):
                yield first + offset * _DAY, "holiday"
        for day in self.workdays:
            yield day, "workday"


class _Year(msgspec.Struct, forbid_unknown_fields=True):
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
    year: Annotated[int, msgspec.Meta(ge=1950, le=2200)]
    source: Annotated[str, msgspec.Meta(min_length=1)]
    breaks: list[tuple[date, date]]
    workdays: list[date] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    year: list[_Year]


def read_announcements(path: Path) -> tuple[Announcement, ...]:
    """Read a TOML file of `[[year]]`s; raises `CalendarFileError` that names the first thing wrong in it."""
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise CalendarFileError(f"{path}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CalendarFileError(f"{path}: {error}") from error
    found = tuple(_announcement(f"{path}: year[{index}]", item) for index, item in enumerate(file.year))
    if len({(item.country, item.year) for item in found}) < len(found):
        raise CalendarFileError(f"{path}: a year is announced twice")
    return found


def _announcement(where: str, item: _Year) -> Announcement:
    for first, last in item.breaks:
        if not first <= last < first + _LONGEST or item.year not in {first.year, last.year}:
            raise CalendarFileError(f"{where}: the break {first} to {last} is no span of days of {item.year}")
    for day in item.workdays:
        if day.year not in {item.year - 1, item.year}:
            raise CalendarFileError(f"{where}: the working day {day} is not of {item.year}")
    announcement = Announcement(
        country=item.country,
        year=item.year,
        source=item.source,
        breaks=tuple(item.breaks),
        workdays=tuple(item.workdays),
    )
    days = [day for day, _ in announcement.days()]
    if len(set(days)) < len(days):
        raise CalendarFileError(f"{where}: a day is named twice")
    return announcement
