"""Hand-overs as the two persons see them."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from parking.domain.ids import ID_PATTERN
from parking.handovers.model import MOST_PIECES, AuthorityKind, Handover, HandoverWish, State

Words = Annotated[str, Field(min_length=3, max_length=500)]


class HandoverIn(BaseModel):
    """Who is to get which evidence, and why that is lawful."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "authority_kind": "traffic_police",
                    "authority": "淄博市公安局交通警察支队张店大队",
                    "legal_basis": "道路交通安全法第九十三条",
                    "case_number": "张公交[2026]17号",
                    "reason": "调取违停证据",
                    "evidence": ["01KJ0000000000000000000000"],
                }
            ]
        },
    )

    authority_kind: AuthorityKind
    authority: Words
    legal_basis: Words
    case_number: Annotated[str, Field(min_length=1, max_length=100)]
    reason: Words
    evidence: Annotated[list[Annotated[str, Field(pattern=ID_PATTERN)]], Field(min_length=1, max_length=MOST_PIECES)]

    def wish(self) -> HandoverWish:
        return HandoverWish(
            authority_kind=self.authority_kind,
            authority=self.authority,
            legal_basis=self.legal_basis,
            case_number=self.case_number,
            reason=self.reason,
            evidence_ids=tuple(self.evidence),
        )


class HandoverOut(BaseModel):
    """One hand-over as it stands."""

    id: str
    state: State
    district: str
    authority_kind: AuthorityKind
    authority: str
    legal_basis: str
    case_number: str
    reason: str
    evidence: list[str]
    prepared_by: str
    prepared_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    sha256: str | None = Field(description="Of the package")
    size: int | None
    key: str | None = Field(description="Id of the key that signed it; `GET /v1/evidence-keys` has the key")
    released_by: str | None
    released_at: datetime | None

    @classmethod
    def of(cls, handover: Handover) -> "HandoverOut":
        return cls(
            id=handover.handover_id,
            state=handover.state,
            district=handover.district_id,
            authority_kind=handover.authority_kind,
            authority=handover.authority,
            legal_basis=handover.legal_basis,
            case_number=handover.case_number,
            reason=handover.reason,
            evidence=list(handover.evidence_ids),
            prepared_by=handover.prepared_by,
            prepared_at=handover.prepared_at,
            decided_by=handover.decided_by,
            decided_at=handover.decided_at,
            sha256=handover.sha256,
            size=handover.size,
            key=handover.key_id,
            released_by=handover.released_by,
            released_at=handover.released_at,
        )


class HandoverList(BaseModel):
    """Newest first; `next` is null at the end."""

    handovers: list[HandoverOut]
    next: str | None
