"""Judges bytes by themselves: what they are, whether they are whole, and what of them is kept. Pure.

Nobody's word for a type counts. A picture loses everything but the picture: position, device, thumbnails, comments, and
whatever stands behind its end; a turned JPEG keeps the one number that says how it is turned.
"""

from dataclasses import dataclass
from typing import Final

from parking.domain.errors import InvalidInputError
from parking.evidence import jpeg, png
from parking.evidence.model import LARGEST, MediaType, RetentionClass
from parking.evidence.sizes import Sized

_PDF: Final = b"%PDF-"
_PDF_END: Final = b"%%EOF"
_PDF_TAIL: Final = 1024
"""Readers of PDF look for the end in so many bytes."""


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What is kept of an upload."""

    content: bytes
    media_type: MediaType
    retention: RetentionClass
    width: int | None = None
    height: int | None = None


def cleaned(content: bytes, *, documents: bool = False) -> Cleaned:
    """Read a picture or, where `documents` come as well, a PDF, which is kept as it is.

    Raises InvalidInputError `evidence_too_large` and `evidence_unreadable`.
    """
    if len(content) > LARGEST:
        raise InvalidInputError(f"one piece has {LARGEST} bytes at most", code="evidence_too_large")
    if content.startswith(jpeg.BEGINNING):
        return _picture(jpeg.stripped(content), "image/jpeg")
    if content.startswith(png.BEGINNING):
        return _picture(png.stripped(content), "image/png")
    if documents and content.startswith(_PDF) and _PDF_END in content[-_PDF_TAIL:]:
        return Cleaned(content=content, media_type="application/pdf", retention="document")
    wanted = "a JPEG, a PNG or a PDF" if documents else "a JPEG or a PNG"
    raise InvalidInputError(f"send {wanted}, whole", code="evidence_unreadable")


def _picture(found: Sized, media_type: MediaType) -> Cleaned:
    return Cleaned(
        content=found.content, media_type=media_type, retention="picture", width=found.width, height=found.height
    )
