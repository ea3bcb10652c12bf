"""A JPEG without its metadata. Rule: ITU-T T.81 annex B (markers and segments); Exif 2.3 for the orientation.

Application segments and comments go, Adobe's excepted, without which colours would change. What stands behind the end of
the picture (a second picture, a film of some telephones) goes as well.
"""

import re
from typing import Final

from parking.evidence.sizes import Sized, checked, unreadable

BEGINNING: Final = b"\xff\xd8\xff"
_START, _END = b"\xff\xd8", b"\xff\xd9"
_EOI, _SOS, _APP1, _ADOBE, _COMMENT = 0xD9, 0xDA, 0xE1, 0xEE, 0xFE
_APPLICATION: Final = range(0xE0, 0xF0)
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Start of frame, of every kind of coding; the three left out are tables."""
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a segment."""
_MARKER_IN_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_EXIF: Final = b"Exif\x00\x00"
_ORIENTATION: Final = 0x0112
_UPRIGHT: Final = 1
_TURNED: Final = range(2, 9)


def stripped(content: bytes) -> Sized:
    """Raise InvalidInputError `evidence_unreadable` for bytes that are cut off or no JPEG."""
    kept: list[bytes] = []
    size: tuple[int, int] | None = None
    orientation, at, scans = _UPRIGHT, len(_START), 0
    while True:
        marker, at = _marker(content, at)
        if marker == _EOI:
            break
        if marker in _ALONE:
            continue
        segment = _segment(content, at)
        at += len(segment)
        if marker in _FRAMES:
            size = _size(segment)
        if marker == _APP1 and orientation == _UPRIGHT:
            orientation = _orientation(segment[2:])
        if marker == _ADOBE or (marker not in _APPLICATION and marker != _COMMENT):
            kept.append(bytes((0xFF, marker)) + segment)
        if marker == _SOS:
            end = _end_of_scan(content, at)
            kept.append(content[at:end])
            at, scans = end, scans + 1
    if size is None or scans == 0:
        raise unreadable("JPEG")
    turned = _turned(orientation) if orientation in _TURNED else b""
    return checked(_START + turned + b"".join(kept) + _END, *size)


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """The next marker, and where what follows it begins; it may have any number of bytes FF before it."""
    if content[at : at + 1] != b"\xff":
        raise unreadable("JPEG")
    while content[at : at + 1] == b"\xff":
        at += 1
    if at >= len(content):
        raise unreadable("JPEG")
    return content[at], at + 1


def _segment(content: bytes, at: int) -> bytes:
    length = int.from_bytes(content[at : at + 2], "big")
    if length < 2 or at + length > len(content):  # noqa: PLR2004 - the length counts its own two bytes
        raise unreadable("JPEG")
    return content[at : at + length]


def _size(segment: bytes) -> tuple[int, int]:
    return int.from_bytes(segment[5:7], "big"), int.from_bytes(segment[3:5], "big")


def _end_of_scan(content: bytes, at: int) -> int:
    found = _MARKER_IN_SCAN.search(content, at)
    if found is None:
        raise unreadable("JPEG")
    return found.start()


def _orientation(exif: bytes) -> int:
    """As Exif says; upright for everything that cannot be read."""
    tiff = exif[len(_EXIF) :]
    if not exif.startswith(_EXIF) or tiff[:2] not in {b"II", b"MM"}:
        return _UPRIGHT
    is_little = tiff[:2] == b"II"

    def number(at: int, length: int) -> int:
        return int.from_bytes(tiff[at : at + length], "little" if is_little else "big")

    first = number(4, 4)
    for entry in range(number(first, 2)):
        at = first + 2 + 12 * entry
        if at + 12 > len(tiff):
            break
        if number(at, 2) == _ORIENTATION:
            return number(at + 8, 2)
    return _UPRIGHT


def _turned(orientation: int) -> bytes:
    """A segment of Exif with nothing in it but how the picture is turned."""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01" + orientation.to_bytes(2, "big") + b"\x00\x00"
    body = _EXIF + b"MM\x00*\x00\x00\x00\x08\x00\x01" + entry + b"\x00\x00\x00\x00"
    return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
