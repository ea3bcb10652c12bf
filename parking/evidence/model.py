"""What a piece of evidence is: a picture or a document with where it came from; pure, without its content's form.

Rules: city.md C6 (pictures go after 30 days unless a case or a dispute holds them) and street.md ("Retention"). Of a
picture we keep what it shows and when it was taken; where a telephone stood is not ours and is cut out of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from parking.domain.errors import InvalidInputError

EvidenceSource = Literal["attendant", "enforcement", "operator", "terminal", "camera"]
MediaType = Literal["image/jpeg", "image/png", "application/pdf"]
RetentionClass = Literal["picture", "document"]
LARGEST: Final = 1024 * 1024
"""Bytes of one piece, as it comes; also what the edge lets through."""
CLOCK_SKEW: Final = timedelta(minutes=2)
"""So much the clock of a telephone may be ahead."""
OLDEST: Final = timedelta(days=30)
"""An offline telephone delivers later than this only when something is wrong."""


@dataclass(frozen=True, kw_only=True)
class RetentionRules:
    """Of the city: how long each class is kept after it came, where nothing holds it."""

    picture: timedelta = timedelta(days=30)
    document: timedelta = timedelta(days=180)

    def of(self, kind: RetentionClass) -> timedelta:
        return self.picture if kind == "picture" else self.document


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One piece as it comes. It belongs to a stay, a check or a space; the district decides who may see it."""

    content: bytes
    captured_at: datetime
    source: EvidenceSource
    by: str
    """Who brought it: `account:<name>` or `key:<id>`."""
    district_id: str
    session_id: str | None = None
    space_id: str | None = None
    check_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class EvidenceItem:
    """One piece as it is known; its content is sealed and needs a look that is written down."""

    evidence_id: str
    media_type: MediaType
    retention: RetentionClass
    size: int
    width: int | None
    """None for a document."""
    height: int | None
    sha256: str
    """Of what is kept, in hexadecimal."""
    received_sha256: str
    """Of what came, before its metadata was cut out."""
    captured_at: datetime | None
    """By the clock of whoever took it; None once it is erased."""
    received_at: datetime
    source: EvidenceSource
    brought_by: str
    district_id: str
    session_id: str | None
    space_id: str | None
    check_id: int | None
    erased_at: datetime | None


def check_captured(captured_at: datetime, now: datetime) -> None:
    """Raise InvalidInputError `captured_in_future`, `captured_too_long_ago`."""
    if captured_at > now + CLOCK_SKEW:
        raise InvalidInputError("evidence cannot be taken in the future", code="captured_in_future")
    if captured_at < now - OLDEST:
        raise InvalidInputError(f"evidence is brought within {OLDEST.days} days", code="captured_too_long_ago")
