"""What the reference terminal keeps in its folder. An item is on disk before anybody is told that it counts."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from parking.domain.errors import InvalidInputError

Item = dict[str, Any]


class TerminalStateError(InvalidInputError):
    """The folder holds no terminal, or one that cannot be read."""

    code = "terminal_state_invalid"


@dataclass(kw_only=True)
class Identity:
    """Who the terminal is, and whether its network is plugged in."""

    server: str
    terminal: str
    key: str
    secret: str
    is_online: bool = True
    items: int = 0
    """How many items it has ever written; the next one gets the next number."""


class State:
    """A folder of four files: `terminal.json`, `package.json`, `items.jsonl`, `delivered.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def identity(self) -> Identity:
        """Raises `TerminalStateError`."""
        try:
            return Identity(**json.loads((self._folder / "terminal.json").read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise TerminalStateError(f"{self._folder} holds no terminal; see 'parking terminal register'") from error

    def keep_identity(self, identity: Identity) -> None:
        """Readable to its owner alone, because of the secret."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write("terminal.json", json.dumps(asdict(identity), indent=2).encode())

    def keep_package(self, document: bytes, signature: str) -> None:
        self._write("package.json", signature.encode() + b"\n" + document)

    def package(self) -> tuple[bytes, str]:
        """The document and its signature. Raises `TerminalStateError` (`package_missing`)."""
        try:
            signature, _, document = (self._folder / "package.json").read_bytes().partition(b"\n")
        except OSError as error:
            raise TerminalStateError("there is no package; run sync while online", code="package_missing") from error
        return document, signature.decode("latin-1")

    def add(self, item: Item) -> None:
        """Append to the journal of items, through to the disk; a line that was cut off before goes."""
        path = self._folder / "items.jsonl"
        kept = path.read_bytes().rpartition(b"\n") if path.exists() else (b"", b"", b"")
        with path.open("r+b" if path.exists() else "xb") as journal:
            journal.truncate(len(kept[0]) + len(kept[1]))
            journal.seek(0, os.SEEK_END)
            journal.write(json.dumps(item, ensure_ascii=False).encode() + b"\n")
            journal.flush()
            os.fsync(journal.fileno())

    def items(self) -> list[Item]:
        """In the order in which they happened, each as it was written last.

        A last line that was cut off by a power failure never counted.
        """
        try:
            lines = (self._folder / "items.jsonl").read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        written = [json.loads(line) for line in lines[:-1]]
        return list({item["id"]: item for item in written}.values())

    def delivered(self) -> int:
        """How many items from the first on have been answered."""
        try:
            return int(json.loads((self._folder / "delivered.json").read_text()))
        except FileNotFoundError:
            return 0

    def keep_delivered(self, count: int) -> None:
        self._write("delivered.json", str(count).encode())

    def _write(self, name: str, content: bytes) -> None:
        """Whole or not at all."""
        new = self._folder / f".{name}.new"
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._folder / name)
