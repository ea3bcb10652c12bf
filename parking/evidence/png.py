"""A PNG without its metadata. Rule: PNG (third edition, W3C), 5 (chunks): what a decoder needs stays, the rest goes."""

import zlib
from typing import Final

from parking.evidence.sizes import Sized, checked, unreadable

BEGINNING: Final = b"\x89PNG\r\n\x1a\n"
_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_HEADER_LENGTH: Final = 13
_AROUND: Final = 12
"""Bytes of a chunk beside its data: length, type, checksum."""


def stripped(content: bytes) -> Sized:
    """Raise InvalidInputError `evidence_unreadable` for bytes that are cut off, altered or no PNG."""
    at, kept = len(BEGINNING), [BEGINNING]
    names: list[bytes] = []
    while not names or names[-1] != b"IEND":
        length = int.from_bytes(content[at : at + 4], "big")
        chunk = content[at : at + length + _AROUND]
        if len(chunk) < length + _AROUND or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise unreadable("PNG")
        names.append(chunk[4:8])
        if names[-1] in _KEPT:
            kept.append(chunk)
        at += len(chunk)
    if names[0] != b"IHDR" or len(kept[1]) != _HEADER_LENGTH + _AROUND or b"IDAT" not in names:
        raise unreadable("PNG")
    header = kept[1][8:]
    return checked(b"".join(kept), int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big"))
