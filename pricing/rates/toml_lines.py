"""Says on which line of a TOML file each key stands, which the standard reader forgets.

It walks over text that `tomllib` has already accepted, so it only has to find its way and refuses nothing.
"""

import re
from typing import Final

Path = tuple[str | int, ...]
"""From the root of the document: keys, and indices within arrays."""

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_STRING: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:[^"\\\n]|\\.)*"|' r"'[^'\n]*'", re.DOTALL
)
_SCALAR: Final = re.compile(r"[^,\]}#\n]+")


def key_lines(text: str) -> dict[Path, int]:
    """Line (from 1) of every table, key and array item of a valid document; nested ones have the longer path."""
    return _Walk(text).lines()


class _Walk:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted_to = 0
        self._found: dict[Path, int] = {}
        self._items: dict[Path, int] = {}
        """How many tables each `[[array]]` has so far."""

    def lines(self) -> dict[Path, int]:
        table: Path = ()
        while self._blank():
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
        return self._found

    def _blank(self) -> bool:
        """Step over space and comments; False at the end of the text."""
        match = _BLANK.match(self._text, self._at)
        self._at = self._at if match is None else match.end()
        return self._at < len(self._text)

    def _note(self, path: Path) -> None:
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        self._found.setdefault(path, self._line)

    def _header(self) -> Path:
        is_item = self._text.startswith("[[", self._at)
        begin, self._at = self._at, self._at + (2 if is_item else 1)
        keys = self._keys()
        end, self._at = self._at, begin
        path = self._resolve(keys[:-1]) + keys[-1:]
        if is_item:
            index = self._items.get(path, 0)
            self._items[path] = index + 1
            self._note(path)
            path = (*path, index)
        else:
            path = self._resolve(keys)
        self._note(path)
        self._at = end + (2 if is_item else 1)
        return path

    def _resolve(self, keys: Path) -> Path:
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self._items:
                path = (*path, self._items[path] - 1)
        return path

    def _keys(self) -> Path:
        keys: list[str] = []
        while True:
            self._blank()
            match = _STRING.match(self._text, self._at) or _BARE_KEY.match(self._text, self._at)
            word = "" if match is None else match.group()
            keys.append(word[1:-1] if word[:1] in {'"', "'"} else word)
            self._at += len(word)
            self._blank()
            if not self._text.startswith(".", self._at):
                return tuple(keys)
            self._at += 1

    def _pair(self, table: Path) -> None:
        begin = self._at
        keys = self._keys()
        end, self._at = self._at, begin
        for length in range(1, len(keys) + 1):
            self._note(table + keys[:length])
        self._at = end + 1
        self._value(table + keys)

    def _value(self, path: Path) -> None:
        self._blank()
        if self._text.startswith("[", self._at):
            self._array(path)
        elif self._text.startswith("{", self._at):
            self._inline(path)
        else:
            match = _STRING.match(self._text, self._at) or _SCALAR.match(self._text, self._at)
            self._at = len(self._text) if match is None else match.end()

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while self._blank() and not self._text.startswith("]", self._at):
            self._note((*path, index))
            self._value((*path, index))
            index += 1
            self._comma()
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        while self._blank() and not self._text.startswith("}", self._at):
            self._pair(path)
            self._comma()
        self._at += 1

    def _comma(self) -> None:
        self._blank()
        if self._text.startswith(",", self._at):
            self._at += 1
