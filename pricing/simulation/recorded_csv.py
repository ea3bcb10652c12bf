"""Recorded stays out of a CSV file, for a city that keeps them elsewhere. docs/tariffs.md documents the columns."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, TextIO

import numpy as np

from parking.domain.clock import to_micros
from parking.domain.errors import InvalidInputError
from pricing.fees.arrays.columns import AREA_CLASSES, ENERGIES, KINDS, USES, VEHICLE_CLASSES, Codes, Ints, StayColumns
from pricing.simulation.model import RecordedStays

REQUIRED: Final = ("start", "end", "zone", "area_class", "kind")
DEFAULTS: Final = {"use": "ordinary", "vehicle_class": "small", "energy": "fuel", "vehicle": "", "payment_method": ""}
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "area_class": AREA_CLASSES,
    "kind": KINDS,
    "use": USES,
    "vehicle_class": VEHICLE_CLASSES,
    "energy": ENERGIES,
}
_SECOND: Final = 1_000_000
Progress = Callable[[int], None]


def read_recorded_csv(path: Path, progress: Progress | None = None) -> RecordedStays:
    """Read one stay a row; the record spans from the first beginning to the last end. `progress` is told of rows read.

    Raises `InvalidInputError` (`stays_unreadable`) that names line and column.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            columns = _read(path, file, progress)
    except OSError as error:
        raise InvalidInputError(f"{path}: {error.strerror}", code="stays_unreadable") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{path} is not text in UTF-8", code="stays_unreadable") from error
    return columns.recorded()


@dataclass(frozen=True)
class _Columns:
    numbers: dict[str, list[int]] = field(
        default_factory=lambda: {name: [] for name in ("start", "end", "zone", "vehicle", "payment", *_WORDS)}
    )
    zones: dict[str, int] = field(default_factory=dict)
    vehicles: dict[str, int] = field(default_factory=dict)
    methods: dict[str, int] = field(default_factory=dict)

    def add(self, row: Mapping[str, str]) -> None:
        """Raise `ValueError` or `KeyError` for a cell that says nothing known."""
        start, end = _micros(row["start"]), _micros(row["end"])
        if end < start:
            raise ValueError("end: the stay ends before it starts")
        # A begun second at either end is not counted.
        first = -(-start // _SECOND)
        self._add("start", first)
        self._add("end", max(first, end // _SECOND))
        self._add("zone", _number(self.zones, row["zone"]))
        self._add("vehicle", _number(self.vehicles, row["vehicle"]) if row["vehicle"] else -1)
        self._add("payment", _number(self.methods, row["payment_method"]) if row["payment_method"] else -1)
        for name, words in _WORDS.items():
            if row[name] not in words:
                raise ValueError(f"{name}: {row[name][:32]!r} is none of {', '.join(words)}")
            self._add(name, words.index(row[name]))

    def _add(self, name: str, number: int) -> None:
        self.numbers[name].append(number)

    def recorded(self) -> RecordedStays:
        start, end = self._ints("start"), self._ints("end")
        return RecordedStays(
            stays=StayColumns(
                start=start,
                end=end,
                area_class=self._codes("area_class"),
                kind=self._codes("kind"),
                use=self._codes("use"),
                vehicle_class=self._codes("vehicle_class"),
                energy=self._codes("energy"),
                payment=self._codes("payment"),
                payment_methods=tuple(self.methods),
                vehicle=self._ints("vehicle"),
                place=self._ints("zone"),
            ),
            zone=self._ints("zone"),
            zone_ids=tuple(self.zones),
            capacities={},
            start=int(start.min()),
            end=int(end.max()),
        )

    def _ints(self, name: str) -> Ints:
        return np.array(self.numbers[name], dtype=np.int64)

    def _codes(self, name: str) -> Codes:
        return np.array(self.numbers[name], dtype=np.int8)


def _read(path: Path, file: TextIO, progress: Progress | None) -> _Columns:
    columns = _Columns()
    for number, row in _rows(path, file):
        try:
            columns.add(row)
        except ValueError as error:
            raise InvalidInputError(f"{path}:{number}: {error}", code="stays_unreadable") from error
        if progress is not None:
            progress(1)
    if not columns.zones:
        raise InvalidInputError(f"{path} has no stays", code="stays_unreadable")
    return columns


def _rows(path: Path, file: TextIO) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(file)
    names = set(reader.fieldnames or ())
    if missing := [name for name in REQUIRED if name not in names]:
        raise InvalidInputError(f"{path}:1: the column {missing[0]} is missing", code="stays_unreadable")
    if unknown := names - {*REQUIRED, *DEFAULTS}:
        raise InvalidInputError(f"{path}:1: there is no column {min(unknown)[:32]!r}", code="stays_unreadable")
    for row in reader:
        if None in row.values() or None in row:
            raise InvalidInputError(f"{path}:{reader.line_num}: not as many cells as columns", code="stays_unreadable")
        yield reader.line_num, {name: row.get(name) or otherwise for name, otherwise in _ALL.items()}


_ALL: Final = dict.fromkeys(REQUIRED, "") | DEFAULTS


def _micros(text: str) -> int:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no time zone")
    return to_micros(instant)


def _number(known: dict[str, int], name: str) -> int:
    if not name:
        raise ValueError("zone: empty")
    return known.setdefault(name, len(known))
