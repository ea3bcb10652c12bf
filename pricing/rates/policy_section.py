"""One table of a policy file while it is read: what is wrong is noted with its line, and reading goes on.

All mistakes of a file are reported together; what could not be read is replaced by a value that is never used.
"""

import difflib
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pricing.rates.policy_values import Read, shown
from pricing.rates.toml_lines import Path

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """What is wrong at a place of the file; `key` is dotted, without the positions within lists."""

    line: int | None
    key: str
    says: str


@dataclass(kw_only=True)
class Notes:
    """The mistakes found so far, and where keys stand."""

    lines: dict[Path, int]
    mistakes: dict[Mistake, None] = field(default_factory=dict)
    """In the order in which they were found, each once."""

    def add(self, path: Path, says: str) -> None:
        """Note a mistake at a path, or at the table around it when the key itself is not in the file."""
        key = ".".join(part for part in path if isinstance(part, str))
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        self.mistakes[Mistake(line=self.lines.get(known), key=key, says=says)] = None


class Section:
    """A table of the file; every key is asked for once, and `close` refuses those that nobody asked for."""

    def __init__(self, values: dict[str, Any], path: Path, notes: Notes) -> None:
        self._values = values
        self._path = path
        self._notes = notes
        self._known: list[str] = []

    def has(self, key: str) -> bool:
        return key in self._values

    def must(self, key: str, read: Read[T], instead: T, *, ask: str = "is missing") -> T:
        """The value of a key without which there is no rate table; `ask` says what its absence leaves open."""
        if key not in self._values:
            self._known.append(key)
            self.note(key, ask)
            return instead
        return self.may(key, read, instead)

    def may(self, key: str, read: Read[T], default: T) -> T:
        """The value of a key that may be left out."""
        self._known.append(key)
        if key not in self._values:
            return default
        try:
            return read(self._values[key])
        except ValueError as error:
            self.note(key, str(error))
            return default

    def must_not(self, key: str, why: str) -> None:
        """Refuse a key that says nothing here."""
        self._known.append(key)
        if key in self._values:
            self.note(key, why)

    def child(self, key: str, *, ask: str | None = None) -> "Section | None":
        """A table within this one; its absence is a mistake when `ask` says of what."""
        self._known.append(key)
        if key not in self._values:
            if ask is not None:
                self.note(key, ask)
            return None
        value = self._values[key]
        if not isinstance(value, dict):
            self.note(key, f"{shown(value)} is no table; write [{'.'.join(self._names(key))}] and its keys below")
            return None
        return Section(value, (*self._path, key), self._notes)

    def children(self, key: str, *, ask: str | None = None) -> list["Section"]:
        """The tables of a list, written as `[[key]]` or inline."""
        self._known.append(key)
        rows = self._values.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.note(key, f"is no list of tables; write [[{'.'.join(self._names(key))}]] and its keys below")
            return []
        if not rows and ask is not None:
            self.note(key, ask)
        return [Section(row, (*self._path, key, index), self._notes) for index, row in enumerate(rows)]

    def entries(self) -> list[str]:
        """The keys of a table in which the writer chooses them, in the order of the file."""
        return list(self._values)

    def note(self, key: str | None, says: str) -> None:
        self._notes.add(self._path if key is None else (*self._path, key), says)

    def close(self) -> None:
        """Refuse the keys that mean nothing here, with the nearest one that does."""
        for key in self._values:
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, n=1)
                self.note(key, f'is no key here; did you mean "{near[0]}"?' if near else "is no key here")

    def _names(self, key: str) -> list[str]:
        return [part for part in (*self._path, key) if isinstance(part, str)]
