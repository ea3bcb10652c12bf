"""The published files of SFpark and Seattle as a history of pricing and a list of zones (`../shared/design/interfaces.md` section 3).

What the files do not say is left empty (position, share of time almost full) or is one for all and said so: SFpark's table has neither the spaces of a block nor
the hours charged, so that each of its prices counts alike.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, TextIO

import msgspec

from pricing.history.cleaning import Cleaning
from pricing.history.csv_rows import PricingFileError, Row, typed_rows

Layout = Literal["sfpark", "seattle"]
HISTORY_COLUMNS: Final = (
    "zone_id", "day_type", "band", "period_start", "hours", "spaces", "price", "occupancy", "full_share", "price_decided",
)  # fmt: skip
ZONE_COLUMNS: Final = ("zone_id", "kind", "area_class", "spaces", "lat", "lon")
REVIEW_WEEKS: Final = 8
"""Seattle's weeks make one review period; its prices were in fact looked at once a year."""
_MINOR: Final = 100
_SFPARK_START: Final = "2011-07-01"
_SFPARK_SPACES: Final = 10
_SFPARK_HOURS: Final = 100
_SEATTLE_BANDS: Final = MappingProxyType({"1": "08:00-11:00", "2": "11:00-17:00", "3": "17:00-20:00"})


class _Adjustment(msgspec.Struct):
    block: str
    day_type: str
    time_band: str
    occ_jul: float
    rate_before_jul: float
    rate_new_jul: float


class _Week(msgspec.Struct, rename={"element_key": "ElementKey"}):
    element_key: str
    band: Literal["1", "2", "3"]
    week_start: date
    occ: float
    hours: float
    price: float
    spaces: float


class _Station(msgspec.Struct, rename={"element_key": "ELMNTKEY", "lat": "SHAPE_LAT", "lon": "SHAPE_LNG"}):
    element_key: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Converted:
    """Rows of both files, as they are written, and what was done to what was read."""

    history: list[tuple[object, ...]]
    zones: list[tuple[object, ...]]
    cleaning: Cleaning


def convert(path: Path, layout: Layout, positions: Path | None = None) -> Converted:
    """`positions` is Seattle's list of pay stations. Raises `PricingFileError` for a file without its columns or without a row that can be used; bad
    rows are told and the others pass.
    """
    cleaning = Cleaning()
    found = _sfpark(path, cleaning) if layout == "sfpark" else _seattle(path, positions, cleaning)
    if not found.history:
        raise PricingFileError("; ".join([f"{path}: no row can be used", *cleaning.sentences(path.name)]))
    return found


def write(converted: Converted, history: TextIO, zones: TextIO) -> None:
    for out, columns, rows in (
        (history, HISTORY_COLUMNS, converted.history),
        (zones, ZONE_COLUMNS, converted.zones),
    ):
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _sfpark(path: Path, cleaning: Cleaning) -> Converted:
    history: list[tuple[object, ...]] = []
    zones: dict[str, tuple[object, ...]] = {}
    for row in _rows(path, _Adjustment, cleaning):
        now, then = (_minor(rate) for rate in (row.rate_before_jul, row.rate_new_jul))
        history.append((
            row.block, row.day_type, row.time_band, _SFPARK_START, _SFPARK_HOURS, _SFPARK_SPACES, now, row.occ_jul, "", then,
        ))  # fmt: skip
        zones[row.block] = (row.block, "kerb", "I", _SFPARK_SPACES, "", "")
    return Converted(history, list(zones.values()), cleaning)


def _seattle(path: Path, positions: Path | None, cleaning: Cleaning) -> Converted:
    """Where positions are given a zone without one is dropped: it could be neither drawn nor held against its neighbours."""
    places = None if positions is None else _places(positions)
    weeks: dict[tuple[str, str, date], list[_Week]] = {}
    lost: Counter[str] = Counter()
    first: date | None = None
    for row in _rows(path, _Week, cleaning):
        if places is not None and row.element_key not in places:
            lost[row.element_key] += 1
            continue
        # The file goes zone by zone; all of them begin in its first week.
        first = row.week_start if first is None else first
        start = first + timedelta(weeks=(row.week_start - first).days // 7 // REVIEW_WEEKS * REVIEW_WEEKS)
        weeks.setdefault((row.element_key, _SEATTLE_BANDS[row.band], start), []).append(row)
    for zone, times in lost.items():
        cleaning.note("no_position", zone, times=times)
    history: list[tuple[object, ...]] = []
    zones: dict[str, tuple[object, ...]] = {}
    for (zone, band, start), own in weeks.items():
        hours = sum(each.hours for each in own)
        occupancy = sum(each.hours * each.occ for each in own) / hours if hours else 0.0
        spaces = int(own[-1].spaces)
        for rule, values in (
            ("price_changed", {each.price for each in own}),
            ("spaces_changed", {each.spaces for each in own}),
        ):
            cleaning.note(rule, f"{zone} {band} {start}", times=len(values) > 1)
        history.append((
            zone, "weekday", band, start, round(hours, 1), spaces, _in_force(own), round(occupancy, 4), "", "",
        ))  # fmt: skip
        zones[zone] = (zone, "kerb", "I", spaces, *(("", "") if places is None else places[zone]))
    return Converted(history, list(zones.values()), cleaning)


def _in_force(weeks: Iterable[_Week]) -> int:
    """The price of most hours of the period."""
    hours: Counter[int] = Counter()
    for week in weeks:
        hours[_minor(week.price)] += round(week.hours * _MINOR)
    return hours.most_common(1)[0][0]


def _places(path: Path) -> dict[str, tuple[float, float]]:
    """A station whose position cannot be read has none."""
    return {row.element_key: (row.lat, row.lon) for row in _rows(path, _Station, Cleaning())}


def _minor(amount: float) -> int:
    return round(amount * _MINOR)


def _rows(path: Path, kind: type[Row], cleaning: Cleaning) -> Iterator[Row]:
    """Those that can be read; the others are told."""
    for line, row in typed_rows(path, kind):
        cleaning.rows += 1
        if isinstance(row, str):
            cleaning.note("unreadable", f"line {line}: {row}")
        elif not all(isfinite(value) for value in msgspec.structs.astuple(row) if isinstance(value, float)):
            cleaning.note("unreadable", f"line {line}: not a number")
        else:
            yield row
