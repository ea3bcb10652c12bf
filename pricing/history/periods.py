"""The history of pricing: a row per zone × day type × band × review period, cleaned (`cleaning`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from pricing.history.cleaning import Cleaning
from pricing.history.csv_rows import PricingFileError, typed_rows

MOST: Final = 1.5
"""Mean share above which a counter is broken; between 1 and this vehicles stand closer than the spaces were drawn."""
CLOCK: Final = timedelta(hours=2)
"""A period that begins so near to midnight was written in another offset than its neighbours."""


class CellKey(NamedTuple):
    """Zone × day type × band: what has a price of its own."""

    zone_id: str
    day_type: str
    band: str


@dataclass(frozen=True, kw_only=True)
class Period:
    """What one review period showed of one cell; price in minor units an hour, shares 0 to 1."""

    key: CellKey
    start: date
    """Of the wall clock."""
    hours: float
    spaces: int
    price: int
    occupancy: float
    full_share: float | None
    """None where it was not measured."""
    decided: int | None = None
    """The price decided after it, where the file says; else the next period's price tells."""


@dataclass(frozen=True)
class PricingHistory:
    """Cleaned rows in the order of the file, and what was done to them."""

    rows: tuple[Period, ...]
    cleaning: Cleaning

    def by_cell(self) -> dict[CellKey, list[Period]]:
        """Cells in the order of first appearance, the periods of each in the order of time."""
        found: dict[CellKey, list[Period]] = {}
        for row in self.rows:
            found.setdefault(row.key, []).append(row)
        return {key: sorted(periods, key=lambda row: row.start) for key, periods in found.items()}


class _Row(msgspec.Struct):
    zone_id: str
    day_type: str
    band: str
    period_start: str
    hours: float
    spaces: int
    price: int
    occupancy: float
    full_share: float | None = None
    price_decided: int | None = None


def read_history(path: Path) -> PricingHistory:
    """Raises `PricingFileError` for a file that is no history or has no row that can be used; bad rows are told and the others pass."""
    cleaning = Cleaning()
    known: dict[tuple[CellKey, date], Period] = {}
    for line, row in typed_rows(path, _Row):
        cleaning.rows += 1
        period = _period(line, row, cleaning)
        if period is None:
            continue
        before = known.setdefault((period.key, period.start), period)
        if before is not period:
            cleaning.note("duplicate" if before == period else "contradiction", f"line {line}: {' '.join(period.key)}")
    if not known:
        raise PricingFileError("; ".join([f"{path}: no row can be used", *cleaning.sentences(path.name)]))
    _tell_gaps(known.values(), cleaning)
    return PricingHistory(tuple(known.values()), cleaning)


def _period(line: int, row: _Row | str, cleaning: Cleaning) -> Period | None:
    """None for a row that tells nothing, and why in `cleaning`."""
    if isinstance(row, str):
        cleaning.note("unreadable", f"line {line}: {row}")
        return None
    start = _day(row.period_start)
    fault = _fault(row, start)
    if fault is not None or start is None:
        rule, why = fault or ("unreadable", row.period_start)
        cleaning.note(rule, f"line {line}: {why}")
        return None
    if row.occupancy > 1.0:
        cleaning.note("over_capacity", f"line {line}: occupancy {row.occupancy}")
    if start.is_moved:
        cleaning.note("clock_change", f"line {line}: {row.period_start}")
    return Period(
        key=CellKey(row.zone_id, row.day_type, row.band),
        start=start.day,
        hours=row.hours,
        spaces=row.spaces,
        price=row.price,
        occupancy=min(row.occupancy, 1.0),
        full_share=row.full_share,
        decided=row.price_decided,
    )


def _fault(row: _Row, start: "_Start | None") -> tuple[str, str] | None:
    """The first rule by which the row is dropped, and what it says."""
    rules = (
        (start is None, "unreadable", f"period_start {row.period_start[:32]!r}"),
        (not row.zone_id or not row.band, "unreadable", "no zone or band"),
        (not all(map(isfinite, (row.hours, row.occupancy, row.full_share or 0.0))), "unreadable", "not a number"),
        (min(row.price, row.price_decided or 0) < 0, "unreadable", f"price {min(row.price, row.price_decided or 0)}"),
        (not 0.0 <= (row.full_share or 0.0) <= 1.0, "implausible", f"full_share {row.full_share}"),
        (row.spaces <= 0, "no_capacity", f"spaces {row.spaces}"),
        (row.hours <= 0.0, "no_hours", f"hours {row.hours}"),
        (row.occupancy < 0.0, "negative", f"occupancy {row.occupancy}"),
        (row.occupancy > MOST, "implausible", f"occupancy {row.occupancy}"),
    )
    return next(((rule, why) for is_broken, rule, why in rules if is_broken), None)


class _Start(NamedTuple):
    day: date
    is_moved: bool


def _day(text: str) -> _Start | None:
    """The day of the wall clock on which a period begins; just before midnight is the day after."""
    try:
        at = datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        return None
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if at == midnight:
        return _Start(at.date(), is_moved=False)
    if at - midnight <= CLOCK:
        return _Start(at.date(), is_moved=True)
    after = midnight + timedelta(days=1)
    return _Start((after if after - at <= CLOCK else midnight).date(), is_moved=after - at <= CLOCK)


def _tell_gaps(rows: Iterable[Period], cleaning: Cleaning) -> None:
    """Periods that others have between a cell's first and last, and cells whose last is older than the newest of all."""
    starts: dict[CellKey, list[date]] = {}
    for row in rows:
        starts.setdefault(row.key, []).append(row.start)
    every = sorted({start for own in starts.values() for start in own})
    place = {start: number for number, start in enumerate(every)}
    for key, own in starts.items():
        first, last = place[min(own)], place[max(own)]
        cleaning.note("gap", " ".join(key), times=last - first + 1 - len(own))
        if last < len(every) - 1:
            cleaning.note("old", f"{' '.join(key)}, {every[last]}")
