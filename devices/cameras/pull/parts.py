"""Cuts the endless answer of a camera into parts as they come, and parts into messages: a text with the pictures behind it. Pure."""

from dataclasses import dataclass, field
from typing import Final

from devices.adapters.multipart import LARGEST_HEAD, Part, part_of, read_head, write

LARGEST_PART: Final = 4 * 1024 * 1024
MOST_PICTURES: Final = 16
BOUNDARY: Final = "pulled"
_GAPS: Final = (b"\r\n\r\n", b"\n\n")


class StreamBrokenError(Exception):
    """The stream is no longer one of parts; it is opened anew."""


class PartReader:
    """Takes bytes as they come; `boundary` as the answer's type names it, with or without its dashes."""

    def __init__(self, boundary: str) -> None:
        self._boundary = b"--" + boundary.encode("latin-1", "replace").removeprefix(b"--")
        self._buffer = bytearray()
        self._head: dict[str, str] | None = None

    def feed(self, chunk: bytes) -> list[Part]:
        """The parts that are whole now. Raises `StreamBrokenError` for one without end."""
        self._buffer += chunk
        parts: list[Part] = []
        while (part := self._next()) is not None:
            parts.append(part)
        if len(self._buffer) > LARGEST_PART + LARGEST_HEAD:
            raise StreamBrokenError("a part has no end")
        return parts

    def _next(self) -> Part | None:
        if self._head is None:
            self._head = self._read_head()
        if self._head is None:
            return None
        end = self._end(self._head.get("content-length", ""))
        if end is None:
            return None
        part = part_of(self._head, bytes(self._buffer[:end]))
        del self._buffer[:end]
        self._head = None
        return part

    def _read_head(self) -> dict[str, str] | None:
        place = self._buffer.find(self._boundary)
        if place < 0:
            return None
        start = place + len(self._boundary)
        found = [(at, gap) for gap in _GAPS if (at := self._buffer.find(gap, start)) >= 0]
        if not found:
            if len(self._buffer) - start > LARGEST_HEAD:
                raise StreamBrokenError("the head of a part has no end")
            return None
        at, gap = min(found)
        head = read_head(bytes(self._buffer[start:at]))
        del self._buffer[: at + len(gap)]
        return head

    def _end(self, length: str) -> int | None:
        if length.isascii() and length.isdigit() and len(length) < len("100000000"):
            if int(length) > LARGEST_PART:
                raise StreamBrokenError("a part is too large")
            return int(length) if len(self._buffer) >= int(length) else None
        place = self._buffer.find(b"\n" + self._boundary)
        if place < 0:
            return None
        return place - 1 if self._buffer[place - 1 : place] == b"\r" else place


@dataclass(slots=True)
class Grouper:
    """Keeps a text until its pictures are there: the next text, or a pause, ends the group."""

    _head: Part | None = None
    _pictures: list[Part] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self._head is not None

    def add(self, part: Part) -> tuple[bytes, str] | None:
        """The message that this part ends, if any."""
        if part.is_picture:
            if self._head is not None and len(self._pictures) < MOST_PICTURES:
                self._pictures.append(part)
            return None
        if not part.content.strip():
            return None
        whole = self.flush()
        self._head = part
        return whole

    def flush(self) -> tuple[bytes, str] | None:
        """The body and type of the group so far; None without one."""
        head, pictures = self._head, self._pictures
        self._head, self._pictures = None, []
        if head is None:
            return None
        if not pictures:
            return head.content, head.media_type
        return write([head, *pictures], BOUNDARY), f"multipart/mixed; boundary={BOUNDARY}"
