"""Facts about evidence: taken in, handed over, erased. Neither its content nor a plate ever travels."""

from datetime import datetime
from typing import ClassVar

from parking.events.fact import Fact


class EvidenceSealed(Fact, frozen=True, kw_only=True):
    """A picture or document was taken in and sealed."""

    TYPE: ClassVar[str] = "parking.evidence.sealed"

    evidence_id: str
    session_id: str | None
    space_id: str | None
    media_type: str
    sha256: str
    """Of what is kept, in hexadecimal."""
    source: str
    captured_at: datetime
    received_at: datetime

    @property
    def subject(self) -> str:
        return self.evidence_id


class EvidenceErased(Fact, frozen=True, kw_only=True):
    """The content is gone, and with it whose it was; its hash can still tell that a copy is one."""

    TYPE: ClassVar[str] = "parking.evidence.erased"

    evidence_id: str
    sha256: str
    erased_at: datetime

    @property
    def subject(self) -> str:
        return self.evidence_id


class EvidenceHandedOver(Fact, frozen=True, kw_only=True):
    """Two persons have handed evidence over to an authority; the package itself never travels here."""

    TYPE: ClassVar[str] = "parking.evidence.handed_over"

    handover_id: str
    district_id: str
    authority_kind: str
    evidence_ids: tuple[str, ...]
    sha256: str
    """Of the package."""
    handed_over_at: datetime

    @property
    def subject(self) -> str:
        return self.handover_id
