"""The published files of SFpark and Seattle as a history of pricing and a list of zones (`../shared/design/interfaces.md` section 3).

What the files do not say is left empty (position, share of time almost full) or is one for all and said so: SFpark's table has neither the spaces of a block nor
the hours charged, so that each of its prices counts alike.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, TextIO

from pricing.history.csv_rows import PricingFileError

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
Row = Mapping[str, str]


@dataclass(frozen=True)
class Converted:
    """Rows of both files, as they are written."""

    history: list[tuple[object, ...]]
    zones: list[tuple[object, ...]]


def convert(path: Path, layout: Layout, positions: Path | None = None) -> Converted:
    """`positions` is Seattle's list of pay stations. Raises `PricingFileError` that names file and line."""
    rows = _rows(path)
    return _sfpark(path, rows) if layout == "sfpark" else _seattle(path, rows, positions)


def write(converted: Converted, history: TextIO, zones: TextIO) -> None:
    for out, columns, rows in (
        (history, HISTORY_COLUMNS, converted.history),
        (zones, ZONE_COLUMNS, converted.zones),
    ):
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _sfpark(path: Path, rows: Iterable[tuple[int, Row]]) -> Converted:
    history: list[tuple[object, ...]] = []
    zones: dict[str, tuple[object, ...]] = {}
    for line, row in rows:
        with _Line(path, line):
            zone = row["block"]
            now, then = (_minor(row[name]) for name in ("rate_before_jul", "rate_new_jul"))
            history.append((
                zone, row["day_type"], row["time_band"], _SFPARK_START, _SFPARK_HOURS, _SFPARK_SPACES, now,
                float(row["occ_jul"]), "", then,
            ))  # fmt: skip
            zones[zone] = (zone, "kerb", "I", _SFPARK_SPACES, "", "")
    return Converted(history, list(zones.values()))


def _seattle(path: Path, rows: Iterable[tuple[int, Row]], positions: Path | None) -> Converted:
    places = {} if positions is None else _places(positions)
    weeks: dict[tuple[str, str, date], list[tuple[float, float, int, int]]] = {}
    first: date | None = None
    for line, row in rows:
        with _Line(path, line):
            week = date.fromisoformat(row["week_start"])
            # The file goes zone by zone; all of them begin in its first week.
            first = week if first is None else first
            start = first + timedelta(weeks=(week - first).days // 7 // REVIEW_WEEKS * REVIEW_WEEKS)
            measured = (float(row["hours"]), float(row["occ"]), _minor(row["price"]), int(float(row["spaces"])))
            weeks.setdefault((row["ElementKey"], _SEATTLE_BANDS[row["band"]], start), []).append(measured)
    history: list[tuple[object, ...]] = []
    zones: dict[str, tuple[object, ...]] = {}
    for (zone, band, start), own in weeks.items():
        hours = sum(each[0] for each in own)
        occupancy = sum(each[0] * each[1] for each in own) / hours if hours else 0.0
        spaces = own[-1][3]
        history.append((
            zone, "weekday", band, start, round(hours, 1), spaces, _in_force(own), round(occupancy, 4), "", "",
        ))  # fmt: skip
        zones[zone] = (zone, "kerb", "I", spaces, *places.get(zone, ("", "")))
    return Converted(history, list(zones.values()))


def _in_force(weeks: Iterable[tuple[float, float, int, int]]) -> int:
    """The price of most hours of the period."""
    hours: Counter[int] = Counter()
    for long, _, price, _ in weeks:
        hours[price] += round(long * _MINOR)
    return hours.most_common(1)[0][0]


def _places(path: Path) -> dict[str, tuple[str, str]]:
    found = {}
    for line, row in _rows(path):
        with _Line(path, line):
            found[row["ELMNTKEY"]] = (row["SHAPE_LAT"], row["SHAPE_LNG"])
    return found


def _minor(text: str) -> int:
    return round(float(text) * _MINOR)


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    opened: Callable[..., TextIO] = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            for row in reader:
                yield reader.line_num, row
    except (OSError, EOFError) as error:
        raise PricingFileError(f"{path}: {error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise PricingFileError(f"{path}: {error}") from error


class _Line:
    """Says in which line a value was missing or not of its kind."""

    def __init__(self, path: Path, line: int) -> None:
        self._path, self._line = path, line

    def __enter__(self) -> None:
        """Nothing to open."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, KeyError):
            raise PricingFileError(f"{self._path}:{self._line}: no {error}", code="columns_missing") from error
        if isinstance(error, (ValueError, TypeError)):
            raise PricingFileError(f"{self._path}:{self._line}: {error}") from error
