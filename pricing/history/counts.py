"""Counts of facilities from recorded files, cleaned (`cleaning`): clipped to 0..capacity, repeats dropped, clock changes told."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from parking.domain.errors import InvalidInputError
from pricing.history.cleaning import Cleaning

CountFormat = Literal["birmingham", "csv"]

_COLUMNS: Final[dict[CountFormat, tuple[str, str, str, str]]] = {
    "birmingham": ("SystemCodeNumber", "LastUpdated", "Capacity", "Occupancy"),
    "csv": ("facility_id", "timestamp", "capacity", "occupied"),
}
_CLOCKS: Final[dict[CountFormat, tzinfo]] = {"birmingham": ZoneInfo("Europe/London")}


class HistoryUnreadableError(InvalidInputError):
    """The file is no CSV file of counts."""

    code = "history_unreadable"


class Count(NamedTuple):
    """One count at a local time of day."""

    facility_id: str
    at: datetime
    """Of the wall clock, without a zone."""
    share: float
    """Occupied spaces over capacity, 0 to 1."""


class _Told(NamedTuple):
    facility: str
    at: datetime
    """With an offset as written, on the clock where one is known, or of the wall clock."""
    capacity: int
    occupied: int


def read_counts(path: Path, layout: CountFormat, cleaning: Cleaning, clock: tzinfo | None = None) -> Iterator[Count]:
    """Cleaned counts of a file; `cleaning` is filled on the way.

    Times are RFC 3339 or local time without a zone; the wall clock counts either way, that of `clock` where it is known. By that an
    hour that the clock showed twice is told from a contradiction, and one that it skipped is dropped. Raises `HistoryUnreadableError` for
    a file without the columns of its layout; a bad row is told and the others pass.
    """
    names = _COLUMNS[layout]
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if not set(names) <= set(rows.fieldnames or ()):
                raise HistoryUnreadableError(f"{path}: a history of this format has the columns {', '.join(names)}")
            cells = ([row.get(name) for name in names] for row in rows)
            yield from _cleaned(cells, cleaning, clock or _CLOCKS.get(layout))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HistoryUnreadableError(f"{path}: {error}") from error


def _cleaned(rows: Iterable[Sequence[str | None]], cleaning: Cleaning, clock: tzinfo | None) -> Iterator[Count]:
    known: dict[tuple[str, datetime], tuple[datetime, int, int]] = {}
    for line, cells in enumerate(rows, start=2):
        cleaning.rows += 1
        try:
            told = _read(cells, clock)
        except ValueError as error:
            cleaning.note("unreadable", f"line {line}: {error}")
            continue
        wall = told.at.replace(tzinfo=None)
        fault = _fault(told, wall, known.get((told.facility, wall)), clock)
        if fault is not None:
            cleaning.note(fault, f"line {line}: {told.facility} {told.at.isoformat()}")
        if fault is not None and fault != "clock_set_back":
            continue
        known[told.facility, wall] = told.at, told.capacity, told.occupied
        if not 0 <= told.occupied <= told.capacity:
            rule = "below_zero" if told.occupied < 0 else "over_capacity"
            cleaning.note(rule, f"line {line}: {told.occupied} of {told.capacity}")
        yield Count(told.facility, wall, min(max(told.occupied, 0), told.capacity) / told.capacity)


def _fault(told: _Told, wall: datetime, before: tuple[datetime, int, int] | None, clock: tzinfo | None) -> str | None:
    """The rule that a row falls under; `before` is the last row of the same facility and wall clock."""
    if told.capacity <= 0:
        return "no_capacity"
    if told.at.tzinfo is None and clock is not None and _is_skipped(wall, clock):
        return "clock_skipped"
    if before is None:
        return None
    if told.at.tzinfo is not None and before[0].tzinfo is not None and told.at != before[0]:
        return "clock_set_back"
    if before[1:] == (told.capacity, told.occupied):
        return "duplicate"
    return "clock_set_back" if clock is not None and _is_twofold(wall, clock) else "contradiction"


def _is_skipped(wall: datetime, clock: tzinfo) -> bool:
    there = wall.replace(tzinfo=clock)
    return there.astimezone(UTC).astimezone(clock).replace(tzinfo=None) != wall


def _is_twofold(wall: datetime, clock: tzinfo) -> bool:
    early, late = wall.replace(tzinfo=clock, fold=0), wall.replace(tzinfo=clock, fold=1)
    return early.utcoffset() != late.utcoffset() and not _is_skipped(wall, clock)


def _read(cells: Sequence[str | None], clock: tzinfo | None) -> _Told:
    facility, text, capacity, occupied = ((cell or "").strip() for cell in cells)
    if not facility:
        raise ValueError("no facility")
    at = datetime.fromisoformat(text)
    if clock is not None and at.tzinfo is not None:
        local = at.astimezone(clock)
        # Of its own offset: two times of one zone are compared by the wall clock, which shows an hour twice.
        at = local.replace(tzinfo=timezone(local.utcoffset() or timedelta(0)))
    return _Told(facility, at, _whole(capacity), _whole(occupied))


def _whole(text: str) -> int:
    number = float(text)
    if not number.is_integer():
        raise ValueError(f"{text[:32]!r} is no number of spaces")
    return int(number)
