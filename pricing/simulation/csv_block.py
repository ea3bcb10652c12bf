"""A block of plain CSV lines as arrays: where its cells lie, their texts, and the instants that they say.

Only the ordinary is read here: no quotes, as many cells in every line as there are columns, instants such as
`2026-03-02T09:00:00+08:00`. What else a CSV file may say is left to the `csv` module, which is some twenty times slower.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pricing.fees.arrays.columns import Ints, Mask

Texts = NDArray[np.bytes_]
Chars = NDArray[np.uint8]

_COMMA, _NEWLINE, _RETURN, _ZERO = b",\n\r0"
_LONGEST: Final = 256
_CLOCK: Final = len("2026-03-02T09:00:00")
_TAILS: Final = tuple(
    (digits, zone) for zone in (len("Z"), len("+08:00")) for digits in (0, len(".000"), len(".000000"))
)
"""Lengths of the fraction with its point and of the zone that may follow the clock."""
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2199
_DAYS_A_YEAR: Final = 12 * 31
_EPOCH: Final = date(_FIRST_YEAR, 1, 1).toordinal()


@dataclass(frozen=True)
class Block:
    """Lines of equally many cells; cell c of line n is `text[begin[n, c]:end[n, c]]`."""

    text: Chars
    begin: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.begin)

    def line(self, row: int) -> str:
        return self.text[self.begin[row, 0] : self.end[row, -1]].tobytes().decode()


def plain_block(data: bytes, columns: int) -> Block | None:
    """None where a line is not plain; `data` are whole lines in UTF-8. Raises `UnicodeDecodeError`."""
    if b'"' in data or b"\0" in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    if not data.isascii():
        data.decode()
    # Behind the last line there is room for a window over the longest text that begins in it.
    text = np.frombuffer(data + b"\n" * (not data.endswith(b"\n")) + bytes(_LONGEST), dtype=np.uint8)
    size = len(text) - _LONGEST
    breaks = np.flatnonzero((text[:size] == _COMMA) | (text[:size] == _NEWLINE))
    if len(breaks) % columns:
        return None
    end = breaks.reshape(-1, columns)
    is_last = text[end] == _NEWLINE
    if is_last[:, :-1].any() or not is_last[:, -1].all():
        return None
    begin = np.concatenate([[0], breaks[:-1] + 1]).reshape(-1, columns)
    end[:, -1] -= text[np.maximum(end[:, -1] - 1, 0)] == _RETURN
    if columns == 1 or int((end - begin).max(initial=0)) > _LONGEST:
        return None
    return Block(text, begin, end)


def texts(block: Block, column: int) -> Texts:
    """The cells of a column, as they stand in the file."""
    begin, length = block.begin[:, column], (block.end - block.begin)[:, column]
    width = max(int(length.max(initial=0)), 1)
    chars = sliding_window_view(block.text, width)[begin]
    chars[np.arange(width) >= length[:, None]] = 0
    return chars.view(f"S{width}").ravel()


@dataclass(frozen=True)
class Instants:
    """By line: whole seconds since 1970 UTC, whether a part of a second follows, and whether the cell is of the ordinary form."""

    seconds: Ints
    has_more: Mask
    known: Mask


def instants(block: Block, column: int) -> Instants:
    """What a column of instants says."""
    begin, length = block.begin[:, column], (block.end - block.begin)[:, column]
    found = Instants(
        np.zeros(len(block), dtype=np.int64),
        np.zeros(len(block), dtype=np.bool_),
        np.zeros(len(block), dtype=np.bool_),
    )
    for digits, zone in _TAILS:
        width = _CLOCK + digits + zone
        rows = np.flatnonzero(length == width)
        if len(rows):
            read = _Reader(np.ascontiguousarray(sliding_window_view(block.text, width)[begin[rows]].T))
            found.seconds[rows] = read.clock() - read.offset(_CLOCK + digits)
            found.has_more[rows] = read.fraction(_CLOCK, digits)
            found.known[rows] = read.known
    return found


class _Reader:
    """Characters by place and line; `known` falls where one is not what the form asks for."""

    def __init__(self, chars: Chars) -> None:
        self._chars = chars
        self.known = np.ones(chars.shape[1], dtype=np.bool_)

    def clock(self) -> Ints:
        self._is(4, b"-")
        self._is(7, b"-")
        self._is(10, b"T ")
        self._is(13, b":")
        self._is(16, b":")
        year, month, day = self._number(0, 4, 9_999), self._number(5, 2, 12), self._number(8, 2, 31)
        place = (year - _FIRST_YEAR) * _DAYS_A_YEAR + (month - 1) * 31 + day - 1
        self.known &= (place >= 0) & (place < len(_DAY_NUMBERS)) & (month > 0) & (day > 0)
        days = _DAY_NUMBERS[np.where(self.known, place, 0)]
        self.known &= days >= 0
        return days * 86_400 + self._number(11, 2, 23) * 3_600 + self._number(14, 2, 59) * 60 + self._number(17, 2, 59)

    def offset(self, first: int) -> Ints:
        """Seconds that a local clock is ahead of UTC."""
        if len(self._chars) - first == 1:
            self._is(first, b"Z")
            return np.zeros(len(self.known), dtype=np.int64)
        self._is(first, b"+-")
        self._is(first + 3, b":")
        seconds = self._number(first + 1, 2, 23) * 3_600 + self._number(first + 4, 2, 59) * 60
        return np.where(self._chars[first] == ord("-"), -seconds, seconds)

    def fraction(self, first: int, digits: int) -> Mask:
        """Whether any digit behind the point is not 0."""
        if not digits:
            return np.zeros(len(self.known), dtype=np.bool_)
        self._is(first, b".")
        return self._number(first + 1, digits - 1, 10**digits) > 0

    def _is(self, place: int, allowed: bytes) -> None:
        self.known &= np.logical_or.reduce([self._chars[place] == char for char in allowed])

    def _number(self, first: int, count: int, most: int) -> Ints:
        number = np.zeros(len(self.known), dtype=np.int64)
        for chars in self._chars[first : first + count]:
            digit = chars - np.uint8(_ZERO)
            self.known &= digit <= 9  # noqa: PLR2004 - a digit
            number = number * 10 + digit
        self.known &= number <= most
        return number


def _day_numbers() -> Ints:
    """Days since 1970 by year, month and day of the month; −1 where there is no such day."""
    numbers = np.full((_LAST_YEAR - _FIRST_YEAR + 1) * _DAYS_A_YEAR, -1, dtype=np.int64)
    for ordinal in range(_EPOCH, date(_LAST_YEAR, 12, 31).toordinal() + 1):
        day = date.fromordinal(ordinal)
        numbers[(day.year - _FIRST_YEAR) * _DAYS_A_YEAR + (day.month - 1) * 31 + day.day - 1] = ordinal - _EPOCH
    return numbers


_DAY_NUMBERS: Final = _day_numbers()
