"""Reads single values of a policy file: each function takes what TOML gave and raises ValueError with what to write."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any, Final, TypeVar

T = TypeVar("T")
Read = Callable[[Any], T]

LARGEST: Final = 10**9
"""Of any number and of any duration in seconds: beyond it a figure is a slip of the hand."""
SHORTEST_WINDOW_S: Final = 3600
"""Of quotas, limited entries and caps: rules count in hours and days, and nobody need price a stay second by second."""

_UNITS: Final = {"s": 1, "min": 60, "h": 3600}
_DURATION: Final = re.compile(r"\s*(?:\d{1,9}\s*(?:h|min|s)\s*)+")
_PART: Final = re.compile(r"(\d+)\s*(h|min|s)")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


def text(value: Any) -> str:  # noqa: ANN401 - TOML gives anything
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{shown(value)} is no text; write it in quotes")
    return value


def pattern(form: str, says: str) -> Read[str]:
    """Text of one form; `says` names it."""

    def read(value: Any) -> str:  # noqa: ANN401 - as above
        if not isinstance(value, str) or re.fullmatch(form, value) is None:
            raise ValueError(f"{shown(value)} is not {says}")
        return value

    return read


def whole(least: int = 0, most: int = LARGEST, *, money: bool = False) -> Read[int]:
    """A whole number between both; for `money` the message says how an amount is written."""

    def read(value: Any) -> int:  # noqa: ANN401 - as above
        if type(value) is not int:
            hint = "; prices are in minor units, 150 is 1.50" if money else ""
            raise ValueError(f"{shown(value)} is no whole number{hint}")
        if not least <= value <= most:
            bound = f"at least {least}" if value < least else f"at most {most}"
            raise ValueError(f"{value} is out of range: {bound}")
        return value

    return read


def flag(value: Any) -> bool:  # noqa: ANN401 - as above
    if not isinstance(value, bool):
        raise ValueError(f"{shown(value)} is neither true nor false (without quotes)")  # noqa: TRY004 - one kind of error
    return value


def duration(value: Any) -> int:  # noqa: ANN401 - as above
    """Seconds of a text such as "30min", "2h", "1h 30min" or "90s"; above 0."""
    seconds = zero_or_more(value)
    if seconds == 0:
        raise ValueError(f"{shown(value)} is no time at all; it must be above 0")
    return seconds


def window_length(value: Any) -> int:  # noqa: ANN401 - as above
    """Seconds of a window in which use is counted."""
    seconds = duration(value)
    if seconds < SHORTEST_WINDOW_S:
        raise ValueError(f"{shown(value)} is shorter than the shortest window, an hour")
    return seconds


def zero_or_more(value: Any) -> int:  # noqa: ANN401 - as above
    """Seconds of a text as for `duration`, "0s" allowed."""
    if type(value) is int:
        raise ValueError(f'{value} of what? write "{value}min" or "{value}h"')
    if not isinstance(value, str) or _DURATION.fullmatch(value) is None:
        raise ValueError(f'{shown(value)} is no length of time; write "30min", "2h", "1h 30min" or "90s"')
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(value))
    if seconds > LARGEST:
        raise ValueError(f"{shown(value)} is too long")
    return seconds


def time_of_day(value: Any) -> time:  # noqa: ANN401 - as above
    """A wall time as text; "24:00" is the midnight at the end of the day."""
    if isinstance(value, time) and value.microsecond == 0:
        return value
    if value == "24:00":
        return time()
    if not isinstance(value, str) or _CLOCK.fullmatch(value) is None:
        raise ValueError(f'{shown(value)} is no time of day; write "07:00"')
    return time.fromisoformat(value)


def day(value: Any) -> date:  # noqa: ANN401 - as above
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"{shown(value)} is no day; write 2026-03-01, without quotes")  # noqa: TRY004 - one kind of error
    return value


def one_of(choices: Sequence[T]) -> Read[T]:
    def read(value: Any) -> T:  # noqa: ANN401 - as above
        if value not in choices:
            raise ValueError(f"{shown(value)} is none of {listed(choices)}")
        return choices[choices.index(value)]

    return read


def some_of(choices: Sequence[T]) -> Read[frozenset[T]]:
    """A list of one or more of the choices."""
    read_one = one_of(choices)

    def read(value: Any) -> frozenset[T]:  # noqa: ANN401 - as above
        return frozenset(read_one(item) for item in _items(value, listed(choices)))

    return read


def names(value: Any) -> frozenset[str]:  # noqa: ANN401 - as above
    """A list of one or more rule ids."""
    return frozenset(text(item) for item in _items(value, "rules"))


def listed(choices: Sequence[object]) -> str:
    return ", ".join(f'"{choice}"' for choice in choices)


def shown(value: object) -> str:
    """A value as its writer sees it."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else str(value)


def _items(value: object, of: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{shown(value)} is no list; write [...] with one or more of {of}")
    return value
