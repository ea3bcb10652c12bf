"""Reads the car park counts of Birmingham (UCI data set 482): SystemCodeNumber, Capacity, Occupancy, LastUpdated.

Counts are clipped to 0..capacity and copies are dropped, and both are counted, so that nothing is repaired in silence. Times
of the file are local times of England without a zone; blanks in a name become underscores, as identifiers have none.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from parking.domain.errors import InvalidInputError
from parking.domain.ids import is_identifier

ENGLAND: Final = ZoneInfo("Europe/London")
COLUMNS: Final = ("SystemCodeNumber", "Capacity", "Occupancy", "LastUpdated")
_SHOWN: Final = 5


class FacilityCount(NamedTuple):
    """The columns of `FacilityCountRow`, in their order."""

    facility_id: str
    observed_at: datetime
    capacity: int
    occupied: int


@dataclass(kw_only=True)
class CountReport:
    """What reading did to the rows of a file."""

    rows: int = 0
    duplicates: int = 0
    """Rows that repeat an earlier one of the same facility and instant."""
    contradictions: int = 0
    """Rows of a facility and instant that an earlier row told otherwise; the earlier one counts."""
    above_capacity: int = 0
    below_zero: int = 0
    refused: list[str] = field(default_factory=list)
    """Rows that cannot be read, as `line: why`; only the first few are kept in words."""
    refused_count: int = 0

    def refuse(self, line: int, why: str) -> None:
        self.refused_count += 1
        if len(self.refused) < _SHOWN:
            self.refused.append(f"{line}: {why}")


def read_counts(path: Path, report: CountReport) -> Iterator[FacilityCount]:
    """The counts of the file in its order; `report` is filled on the way.

    Raises `InvalidInputError` (`file_unreadable`, `columns_missing`); a bad row is reported and the others pass.
    """
    known: dict[tuple[str, datetime], tuple[int, int]] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if rows.fieldnames is None or not set(COLUMNS) <= set(rows.fieldnames):
                raise InvalidInputError(f"{path}: the columns are {', '.join(COLUMNS)}", code="columns_missing")
            for line, row in enumerate(rows, start=2):
                report.rows += 1
                try:
                    count = _count(row, report)
                except (ValueError, TypeError) as error:
                    report.refuse(line, str(error))
                    continue
                key, told = (count.facility_id, count.observed_at), (count.capacity, count.occupied)
                before = known.setdefault(key, told)
                if before is told:
                    yield count
                elif before == told:
                    report.duplicates += 1
                else:
                    report.contradictions += 1
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(f"{path}: {error}", code="file_unreadable") from error


def _count(row: dict[str, str], report: CountReport) -> FacilityCount:
    """Raise ValueError or TypeError for a row that says no count."""
    facility_id = row["SystemCodeNumber"].strip().replace(" ", "_")
    if not is_identifier(facility_id):
        raise ValueError(f"no identifier: {facility_id!r}")
    capacity, occupied = int(row["Capacity"]), int(row["Occupancy"])
    if capacity <= 0:
        raise ValueError(f"a capacity of {capacity}")
    observed_at = datetime.fromisoformat(row["LastUpdated"]).replace(tzinfo=ENGLAND).astimezone(UTC)
    report.above_capacity += occupied > capacity
    report.below_zero += occupied < 0
    return FacilityCount(facility_id, observed_at, capacity, min(max(occupied, 0), capacity))
