"""Recorded stays out of a CSV file, for a city that keeps them elsewhere. docs/tariffs.md documents the columns.

Blocks of plain lines are read as arrays (`csv_block`); a row that is not of the ordinary form, and all that follows a quote, by the `csv` module.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, TextIO

import numpy as np

from parking.domain.clock import to_micros
from parking.domain.errors import InvalidInputError
from pricing.fees.arrays.columns import AREA_CLASSES, ENERGIES, KINDS, USES, VEHICLE_CLASSES, Codes, Ints, StayColumns
from pricing.simulation.csv_block import Block, Texts, instants, plain_block, texts
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
_COLUMNS: Final = ("start", "end", "zone", "vehicle", "payment", *_WORDS)
_SECOND: Final = 1_000_000
_BLOCK: Final = 1 << 21
"""Bytes at a time, so that the arrays of a block stay within the cache of a core."""
Progress = Callable[[int], None]


def read_recorded_csv(path: Path, progress: Progress | None = None) -> RecordedStays:
    """Read one stay a row; the record spans from the first beginning to the last end. `progress` is told of bytes read.

    Raises `InvalidInputError` (`stays_unreadable`) that names line and column.
    """
    try:
        with path.open("rb") as file:
            columns = _read(path, file, progress or (lambda _: None))
    except OSError as error:
        raise InvalidInputError(f"{path}: {error.strerror}", code="stays_unreadable") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{path} is not text in UTF-8", code="stays_unreadable") from error
    if not columns.parts["start"]:
        raise InvalidInputError(f"{path} has no stays", code="stays_unreadable")
    return columns.recorded()


def _read(path: Path, file: BinaryIO, progress: Progress) -> "_Columns":
    head = file.readline()
    names = next(csv.reader([head.decode("utf-8-sig")]), [])
    _check_names(path, names)
    columns = _Columns(names)
    line, offset = 2, len(head)
    progress(offset)
    while data := file.read(_BLOCK) + file.readline():
        block = plain_block(data, len(names))
        if block is None:
            file.seek(offset)
            text = io.TextIOWrapper(file, encoding="utf-8", newline="")
            try:
                columns.add_rows(_rows(path, text, names, line))
            finally:
                text.detach()
            progress(path.stat().st_size - offset)
            break
        columns.add_block(path, block, line)
        line, offset = line + len(block), offset + len(data)
        progress(len(data))
    return columns


def _check_names(path: Path, names: Sequence[str]) -> None:
    if missing := [name for name in REQUIRED if name not in names]:
        raise InvalidInputError(f"{path}:1: the column {missing[0]} is missing", code="stays_unreadable")
    if unknown := set(names) - {*REQUIRED, *DEFAULTS}:
        raise InvalidInputError(f"{path}:1: there is no column {min(unknown)[:32]!r}", code="stays_unreadable")


def _rows(path: Path, file: TextIO, names: Sequence[str], line: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Place and cells of each row from here on; `line` is the first one's number in the file."""
    reader = csv.reader(file)
    for cells in reader:
        if not cells:
            continue
        place = f"{path}:{line - 1 + reader.line_num}"
        if len(cells) != len(names):
            raise InvalidInputError(f"{place}: not as many cells as columns", code="stays_unreadable")
        yield place, dict(zip(names, cells, strict=True))


class _Names(dict[bytes, int]):
    """The number of each name, counted up as they come; the empty one is −1."""

    def __init__(self) -> None:
        super().__init__({b"": -1})

    def __missing__(self, name: bytes) -> int:
        number = self[name] = len(self) - 1
        return number

    def numbers(self, names: Texts | None, count: int) -> Ints:
        """−1 throughout where there is no such column."""
        if names is None or not (names != b"").any():
            return np.full(count, -1, dtype=np.int64)
        return np.fromiter(map(self.__getitem__, names.tolist()), dtype=np.int64, count=count)

    def words(self) -> tuple[str, ...]:
        return tuple(name.decode() for name in self if name)


@dataclass(frozen=True)
class _Columns:
    names: Sequence[str]
    parts: dict[str, list[Ints | Codes]] = field(default_factory=lambda: {name: [] for name in _COLUMNS})
    zones: _Names = field(default_factory=_Names)
    vehicles: _Names = field(default_factory=_Names)
    methods: _Names = field(default_factory=_Names)

    def add_rows(self, rows: Iterator[tuple[str, dict[str, str]]]) -> None:
        read = [self._numbers_at(place, row) for place, row in rows]
        if not read:
            return
        for name, numbers in zip(_COLUMNS, zip(*read, strict=True), strict=True):
            column: Ints = np.array(numbers, dtype=np.int64)
            self.parts[name].append(column)

    def add_block(self, path: Path, block: Block, line: int) -> None:
        start, end = instants(block, self.names.index("start")), instants(block, self.names.index("end"))
        # A begun second at either end is not counted.
        first = start.seconds + start.has_more
        last = np.maximum(first, end.seconds)
        ordered = (end.seconds > start.seconds) | ((end.seconds == start.seconds) & ~start.has_more)
        read: dict[str, Ints | Codes] = {"start": first, "end": last}
        for name, known in (("zone", self.zones), ("vehicle", self.vehicles), ("payment", self.methods)):
            read[name] = known.numbers(self._texts(block, "payment_method" if name == "payment" else name), len(block))
        for name, words in _WORDS.items():
            read[name] = _codes(words, self._texts(block, name), len(block), DEFAULTS.get(name))
        unread = np.logical_or.reduce([read[name] < 0 for name in ("zone", *_WORDS)])
        for row in np.flatnonzero(unread | ~start.known | ~end.known | ~ordered).tolist():
            cells = dict(zip(self.names, block.line(row).split(","), strict=True))
            for name, number in zip(_COLUMNS, self._numbers_at(f"{path}:{line + row}", cells), strict=True):
                read[name][row] = number
        for name, numbers in read.items():
            self.parts[name].append(numbers)

    def _texts(self, block: Block, name: str) -> Texts | None:
        return texts(block, self.names.index(name)) if name in self.names else None

    def _numbers_at(self, place: str, row: Mapping[str, str]) -> tuple[int, ...]:
        try:
            return self._numbers_of({name: row.get(name) or otherwise for name, otherwise in _ALL.items()})
        except ValueError as error:
            raise InvalidInputError(f"{place}: {error}", code="stays_unreadable") from error

    def _numbers_of(self, row: Mapping[str, str]) -> tuple[int, ...]:
        """In the order of `_COLUMNS`; raises `ValueError` for a cell that says nothing known."""
        start, end = _micros(row["start"]), _micros(row["end"])
        if end < start:
            raise ValueError("end: the stay ends before it starts")
        if not row["zone"]:
            raise ValueError("zone: empty")
        for name, words in _WORDS.items():
            if row[name] not in words:
                raise ValueError(f"{name}: {row[name][:32]!r} is none of {', '.join(words)}")
        first = -(-start // _SECOND)
        return (
            first,
            max(first, end // _SECOND),
            self.zones[row["zone"].encode()],
            self.vehicles[row["vehicle"].encode()],
            self.methods[row["payment_method"].encode()],
            *(words.index(row[name]) for name, words in _WORDS.items()),
        )

    def recorded(self) -> RecordedStays:
        start, end, zone = self._ints("start"), self._ints("end"), self._ints("zone")
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
                payment_methods=self.methods.words(),
                vehicle=self._ints("vehicle"),
                place=zone,
            ),
            zone=zone,
            zone_ids=self.zones.words(),
            capacities={},
            start=int(start.min()),
            end=int(end.max()),
        )

    def _ints(self, name: str) -> Ints:
        return np.concatenate(self.parts[name]).astype(np.int64, copy=False)

    def _codes(self, name: str) -> Codes:
        return np.concatenate(self.parts[name]).astype(np.int8, copy=False)


_ALL: Final = dict.fromkeys(REQUIRED, "") | DEFAULTS


def _micros(text: str) -> int:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no time zone")
    return to_micros(instant)


def _codes(words: Sequence[str], cells: Texts | None, count: int, otherwise: str | None) -> Codes:
    """The place of each word; −1 where a cell says none of them."""
    codes = np.full(count, -1, dtype=np.int8)
    if cells is None:
        codes[:] = -1 if otherwise is None else words.index(otherwise)
        return codes
    for number, word in enumerate(words):
        codes[cells == word.encode()] = number
    if otherwise is not None:
        codes[cells == b""] = words.index(otherwise)
    return codes
