"""Cases as operators see and decide them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from parking.casework.model import (
    Case,
    CaseKind,
    Decision,
    Outcome,
    PersonsOutcome,
    Report,
    ReportKind,
    Stage,
    TowOrder,
)
from parking.domain.ids import ID_PATTERN

Identifier = Annotated[str, Field(pattern=ID_PATTERN)]
Words = Annotated[str, Field(min_length=3, max_length=500)]


class CaseOut(BaseModel):
    """One case as it stands; `outcomes` are what a person may decide now."""

    id: str
    kind: CaseKind
    stage: Stage
    district: str
    zone: str
    space: str | None
    session: str | None
    words: str | None
    opened_at: datetime
    opened_by: str
    seen_at: datetime = Field(description="When the same thing was seen last")
    times_seen: int
    assigned_to: str | None
    assigned_at: datetime | None
    outcome: Outcome | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    outcomes: list[Outcome]

    @classmethod
    def of(cls, case: Case) -> "CaseOut":
        return cls(
            id=case.case_id,
            kind=case.kind,
            stage=case.stage,
            district=case.district_id,
            zone=case.zone_id,
            space=case.space_id,
            session=case.session_id,
            words=case.words,
            opened_at=case.opened_at,
            opened_by=case.opened_by,
            seen_at=case.seen_at,
            times_seen=case.times_seen,
            assigned_to=case.assigned_to,
            assigned_at=case.assigned_at,
            outcome=case.outcome,
            reason=case.reason,
            decided_by=case.decided_by,
            decided_at=case.decided_at,
            outcomes=list(case.outcomes()),
        )


class CaseList(BaseModel):
    """Newest first; `next` is null at the end."""

    cases: list[CaseOut]
    next: str | None


class CaseStep(BaseModel):
    """One thing that was done with a case."""

    at: datetime
    actor: str
    step: str
    details: dict[str, Any]


class WholeCase(BaseModel):
    """A case, what was done with it, and its evidence by id."""

    case: CaseOut
    steps: list[CaseStep]
    evidence: list[str]


class ReportIn(BaseModel):
    """What somebody has seen or told."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"kind": "blocked_space_report", "space": "ZD-001-007", "words": "货车堵住泊位"}]
        },
    )

    kind: ReportKind
    space: Identifier
    session: Identifier | None = None
    evidence: list[Identifier] = Field(default_factory=list, max_length=20)
    words: Words | None = None
    seen_at: AwareDatetime | None = None

    def report(self) -> Report:
        return Report(
            kind=self.kind,
            space_id=self.space,
            session_id=self.session,
            evidence_ids=tuple(self.evidence),
            words=self.words,
            seen_at=self.seen_at,
        )


class AssignmentIn(BaseModel):
    """Who is to look at it: the name of an account."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(min_length=2, max_length=40, examples=["li.wei"])


class EvidenceIn(BaseModel):
    """A piece of evidence that is there already."""

    model_config = ConfigDict(extra="forbid")

    evidence: Identifier


class TowOrderIn(BaseModel):
    """The order of the police by which a vehicle was towed, and where it is."""

    model_config = ConfigDict(extra="forbid")

    authority: Words = Field(examples=["淄博市公安局交通警察支队张店大队"])
    number: Annotated[str, Field(min_length=1, max_length=64)]
    towed_at: AwareDatetime
    taken_to: Words
    evidence: Identifier = Field(description="The order itself, brought with `POST /v1/operator/evidence`")


class CaseDecisionIn(BaseModel):
    """A person's word. `ended_at` goes with `end_stay`, `right_plate` with `reassign`, `order` with `towed_by_order`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"outcome": "end_at_last_evidence", "reason": "泊位已空,未见车辆"}]},
    )

    outcome: PersonsOutcome
    reason: Words
    ended_at: AwareDatetime | None = None
    evidence: Identifier | None = None
    right_plate: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    order: TowOrderIn | None = None

    def decision(self) -> Decision:
        order = None
        if self.order is not None:
            order = TowOrder(
                authority=self.order.authority,
                number=self.order.number,
                towed_at=self.order.towed_at,
                taken_to=self.order.taken_to,
                evidence_id=self.order.evidence,
            )
        return Decision(
            outcome=self.outcome,
            reason=self.reason,
            ended_at=self.ended_at,
            evidence_id=self.evidence,
            order=order,
        )


class DecidedCase(BaseModel):
    """The case, and the refunds that its decision has made."""

    case: CaseOut
    refunds: list[str]
