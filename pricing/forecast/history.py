"""Counts of facilities as half-hour slots of the local day, cleaned with a report of what was done to them.

Counts are clipped to 0..capacity, repeated rows are dropped, samples are averaged into the nearest half hour. A slot that
nobody counted is NaN: ignorance is never emptiness.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from parking.domain.errors import InvalidInputError
from parking.occupancy.birmingham import CountReport

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]
HistoryFormat = Literal["birmingham", "csv"]

SLOT_MINUTES: Final = 30
DAY: Final = 48
WEEK: Final = 7 * DAY
_COLUMNS: Final[dict[HistoryFormat, tuple[str, str, str, str]]] = {
    "birmingham": ("SystemCodeNumber", "LastUpdated", "Capacity", "Occupancy"),
    "csv": ("facility_id", "timestamp", "capacity", "occupied"),
}


class HistoryUnreadableError(InvalidInputError):
    """The file is no CSV file of counts."""

    code = "history_unreadable"


class Count(NamedTuple):
    """One count at a local time of day."""

    facility_id: str
    at: datetime
    share: float
    """Occupied spaces over capacity, 0 to 1."""


@dataclass(frozen=True)
class History:
    """`shares` (facilities, days · 48): slot 0 is midnight of `first_day`."""

    facilities: tuple[str, ...]
    first_day: date
    shares: Floats

    @property
    def days(self) -> int:
        return int(self.shares.shape[1]) // DAY

    def slot_of(self, day: date) -> int:
        """The first slot of a day, which may lie outside of the history."""
        return (day - self.first_day).days * DAY

    @classmethod
    def of(cls, counts: Iterable[Count]) -> "History":
        """Raises `HistoryUnreadableError` for no counts at all."""
        facilities: dict[str, int] = {}
        rows: list[tuple[int, datetime, float]] = [
            (facilities.setdefault(count.facility_id, len(facilities)), nearest(count.at), count.share)
            for count in counts
        ]
        if not rows:
            raise HistoryUnreadableError("no row can be used")
        first = min(at for _, at, _ in rows).date()
        last = max(at for _, at, _ in rows).date()
        shape = (len(facilities), ((last - first).days + 1) * DAY)
        places = np.array([facility * shape[1] + _slot(at, first) for facility, at, _ in rows])
        number = np.bincount(places, minlength=shape[0] * shape[1])
        total = np.bincount(places, weights=[share for _, _, share in rows], minlength=shape[0] * shape[1])
        shares = np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
        return cls(tuple(facilities), first, shares.reshape(shape))


def nearest(at: datetime) -> datetime:
    """The nearest half hour, later at a tie."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight + timedelta(minutes=SLOT_MINUTES / 2)) // timedelta(
        minutes=SLOT_MINUTES
    ) * timedelta(minutes=SLOT_MINUTES)


def read_counts(path: Path, layout: HistoryFormat, report: CountReport) -> Iterator[Count]:
    """Cleaned counts of a file; `report` is filled on the way.

    Times are RFC 3339 or local time without a zone; the wall clock counts either way. Raises `HistoryUnreadableError` for
    a file without the columns of its layout; a bad row is reported and the others pass.
    """
    names = _COLUMNS[layout]
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if not set(names) <= set(rows.fieldnames or ()):
                raise HistoryUnreadableError(f"{path}: a history of this format has the columns {', '.join(names)}")
            yield from _cleaned(([row.get(name) for name in names] for row in rows), report)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HistoryUnreadableError(f"{path}: {error}") from error


def _cleaned(rows: Iterable[Sequence[str | None]], report: CountReport) -> Iterator[Count]:
    known: dict[tuple[str, datetime], tuple[int, int]] = {}
    for line, cells in enumerate(rows, start=2):
        report.rows += 1
        try:
            facility, at, capacity, occupied = _read(cells)
        except ValueError as error:
            report.refuse(line, str(error))
            continue
        before = known.get((facility, at))
        if before is not None:
            report.duplicates += before == (capacity, occupied)
            report.contradictions += before != (capacity, occupied)
            continue
        known[facility, at] = capacity, occupied
        report.above_capacity += occupied > capacity
        report.below_zero += occupied < 0
        yield Count(facility, at, min(max(occupied, 0), capacity) / capacity)


def _read(cells: Sequence[str | None]) -> tuple[str, datetime, int, int]:
    facility, text, capacity, occupied = ((cell or "").strip() for cell in cells)
    if not facility:
        raise ValueError("no facility")
    at = datetime.fromisoformat(text).replace(tzinfo=None)
    spaces, taken = _whole(capacity), _whole(occupied)
    if spaces <= 0:
        raise ValueError(f"a capacity of {spaces}")
    return facility, at, spaces, taken


def _whole(text: str) -> int:
    number = float(text)
    if not number.is_integer():
        raise ValueError(f"{text[:32]!r} is no number of spaces")
    return int(number)


def _slot(at: datetime, first: date) -> int:
    return (at.date() - first).days * DAY + (at.hour * 60 + at.minute) // SLOT_MINUTES
