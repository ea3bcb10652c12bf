"""What a hand-over is and how far it has come. Pure.

Rules: street.md ("violations go to the authority with evidence and chain of custody") and city.md A1 (what leaves the house needs
two persons and a reason). A hand-over tells facts; it names no debt and asks for no penalty.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

AuthorityKind = Literal["traffic_police", "public_security", "city_management", "court"]
"""交警、公安、城管、法院。"""
State = Literal["prepared", "made", "refused", "released"]
STATES: Final[tuple[State, ...]] = get_args(State)
MOST_PIECES: Final = 20


@dataclass(frozen=True, kw_only=True)
class HandoverWish:
    """Who is to get which evidence, and why that is lawful."""

    authority_kind: AuthorityKind
    authority: str
    """Its name."""
    legal_basis: str
    case_number: str
    """The authority's own."""
    reason: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Handover:
    """One hand-over as it stands."""

    handover_id: str
    state: State
    district_id: str
    authority_kind: AuthorityKind
    authority: str
    legal_basis: str
    case_number: str
    reason: str
    evidence_ids: tuple[str, ...]
    prepared_by: str
    prepared_at: datetime
    decided_by: str | None
    """The second person."""
    decided_at: datetime | None
    sha256: str | None
    """Of the package, in hexadecimal; None before there is one."""
    size: int | None
    key_id: str | None
    """Of the key that signed it."""
    released_by: str | None
    released_at: datetime | None
