"""Reads and writes multipart bodies as cameras send them: bare line feeds, missing ends, parts without a name.

Pure and bounded. A part's type is what its sender claims; whoever needs a picture looks at its first bytes.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from devices.ports import PayloadError

MOST_PARTS: Final = 64
LARGEST_HEAD: Final = 8 * 1024
JPEG: Final = b"\xff\xd8\xff"
PNG: Final = b"\x89PNG\r\n\x1a\n"

_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;,]{1,200}))', re.IGNORECASE)
_NAME = re.compile(r'(?<![\w*-])name\s*=\s*(?:"([^"]*)"|([^\s;]+))', re.IGNORECASE)
_FILENAME = re.compile(r'(?<![\w*-])filename\s*=\s*(?:"([^"]*)"|([^\s;]+))', re.IGNORECASE)
_GAP = re.compile(rb"\r?\n\r?\n")


class Part(NamedTuple):
    """One part; `name` falls back to the file's name, and to nothing."""

    name: str
    media_type: str
    content: bytes

    @property
    def is_picture(self) -> bool:
        return self.content.startswith((JPEG, PNG))


def boundary_of(media_type: str) -> str | None:
    """The boundary that a Content-Type names."""
    found = _BOUNDARY.search(media_type)
    return None if found is None else found[1] or found[2]


def is_multipart(body: bytes, media_type: str) -> bool:
    """By the bytes: cameras claim the type for a body of one part, and send parts under another type."""
    named = boundary_of(media_type)
    return _first_line(body).startswith(b"--") or (named is not None and b"--" + _bytes(named) in body)


def parse(body: bytes, media_type: str) -> list[Part]:
    """The parts in order; raises `PayloadError` for a body that has none, or too many."""
    named = boundary_of(media_type)
    boundary = None if named is None else b"--" + _bytes(named)
    if boundary is None or boundary not in body:
        # Some cameras name one boundary in the header and use another one in the body.
        boundary = _first_line(body)
        if not boundary.startswith(b"--") or len(boundary) <= len(b"--"):
            raise PayloadError("the multipart body has no boundary", code="envelope_invalid")
    return _parts(body, boundary)


def _parts(body: bytes, boundary: bytes) -> list[Part]:
    parts: list[Part] = []
    place = _delimiter(body, boundary, 0)
    while place is not None:
        start = place + len(boundary)
        if body.startswith(b"--", start):
            break
        head_end = _GAP.search(body, start)
        if head_end is None or head_end.start() - start > LARGEST_HEAD:
            break
        head = read_head(body[start : head_end.start()])
        place, end = _end_of(body, boundary, head_end.end(), head.get("content-length", ""))
        parts.append(part_of(head, body[head_end.end() : end]))
        if len(parts) > MOST_PARTS:
            raise PayloadError(f"more than {MOST_PARTS} parts", code="envelope_invalid")
    if not parts:
        raise PayloadError("the multipart body has no part", code="envelope_invalid")
    return parts


def _end_of(body: bytes, boundary: bytes, start: int, length: str) -> tuple[int | None, int]:
    """Where the next delimiter stands and where the content ends; a length counts only where a delimiter follows it."""
    if length.isascii() and length.isdigit() and len(length) < len("1000000000"):
        end = start + int(length)
        rest = body[end : end + len(boundary) + 4].lstrip(b"\r\n")
        if rest.startswith(boundary) and end <= len(body):
            return body.index(boundary, end), end
    place = _delimiter(body, boundary, start)
    if place is None:
        return None, len(body)
    end = place
    if end > start and body[end - 1 : end] == b"\n":
        end -= 2 if body[end - 2 : end - 1] == b"\r" and end - 2 >= start else 1
    return place, end


def _delimiter(body: bytes, boundary: bytes, start: int) -> int | None:
    """The boundary at the beginning of a line."""
    place = body.find(boundary, start)
    while place > 0 and body[place - 1 : place] != b"\n":
        place = body.find(boundary, place + 1)
    return None if place < 0 else place


def read_head(head: bytes) -> dict[str, str]:
    """The lines of a part's head by lower-case name."""
    fields: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields[name.strip().lower()] = value.strip()
    return fields


def part_of(head: dict[str, str], content: bytes) -> Part:
    """The part with this head; its content ends before the line break of the next delimiter."""
    disposition = head.get("content-disposition", "")
    return Part(
        _first(_NAME, disposition) or _first(_FILENAME, disposition) or head.get("content-id", "").strip("<>"),
        head.get("content-type", "").partition(";")[0].strip().lower(),
        content,
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return "" if found is None else found[1] or found[2] or ""


def _bytes(boundary: str) -> bytes:
    return boundary.encode("latin-1", "replace").removeprefix(b"--")


def _first_line(body: bytes) -> bytes:
    return body[:LARGEST_HEAD].lstrip(b"\r\n").partition(b"\n")[0].rstrip(b"\r")


def write(parts: Sequence[Part], boundary: str) -> bytes:
    """A body that `parse` reads back."""
    whole = bytearray()
    for part in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{part.name}"\r\n'
        head += f"Content-Type: {part.media_type}\r\nContent-Length: {len(part.content)}\r\n\r\n"
        whole += head.encode() + part.content + b"\r\n"
    return bytes(whole + f"--{boundary}--\r\n".encode())
