"""Objections wait here for a person; the right plate sends the stay to its car and the money back, all at once."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from api.auth.accounts import audit
from api.deps import provided
from api.operator.money_access import scope_of
from api.operator.recovery_access import (
    REFUSALS,
    ClockDep,
    DatabaseDep,
    Preparer,
    Reader,
    check_person,
    check_stay,
    own_zones,
)
from parking.privacy.vault import PlateVault
from pricing.settlement import appeals
from pricing.settlement.appeals import Outcome
from pricing.settlement.correction_tables import AppealRow

router = APIRouter(tags=["operators"])


class WaitingAppeal(BaseModel):
    """One objection."""

    id: str
    session: str
    reason: str
    words: str | None
    filed_at: datetime
    outcome: str | None
    decided_by: str | None
    decided_at: datetime | None
    why: str | None


class AppealList(BaseModel):
    """Oldest first, 500 at most."""

    appeals: list[WaitingAppeal]


class Decision(BaseModel):
    """A person's word and, where another car was read, the right plate."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome
    why: str = Field(min_length=3, max_length=500)
    right_plate: str | None = Field(default=None, max_length=32, examples=["鲁C88123"])


class Decided(BaseModel):
    """The objection, and the refunds that its decision has made."""

    appeal: WaitingAppeal
    refunds: list[str]


@router.get("/v1/operator/appeals", summary="Objections, oldest first", responses=REFUSALS)
async def listed(
    caller: Reader,
    database: DatabaseDep,
    waiting: Annotated[bool, Query(description="Only those that nobody has decided")] = True,  # noqa: FBT002 - a query
) -> AppealList:
    async with database.transaction() as session:
        zones = await own_zones(session, caller)
        rows = await appeals.listed(session, zone_ids=zones, payee=scope_of(caller).operator_id, undecided=waiting)
        return AppealList(appeals=[_shown(row) for row in rows])


@router.post("/v1/operator/appeals/{appeal_id}/decision", summary="Decide an objection", responses=REFUSALS)
async def decide(
    appeal_id: str,
    decision: Decision,
    caller: Preparer,
    database: DatabaseDep,
    clock: ClockDep,
    plates: Annotated[PlateVault, Depends(provided(PlateVault))],
) -> Decided:
    """An invoiced payment needs its red invoice first: `red_invoice_missing`."""
    check_person(caller)
    now = clock()
    async with database.transaction() as session:
        row = await appeals.find(session, appeal_id, lock=True)
        district_id = await check_stay(session, caller, row.session_id)
        plate = None if decision.right_plate is None else await plates.seal(session, decision.right_plate, now)
        given = await appeals.decide(
            session, row, outcome=decision.outcome, why=decision.why, by=caller.actor, at=now, right_plate=plate
        )
        details = {"outcome": decision.outcome, "session": row.session_id, "reassigned": plate is not None}
        await audit.record(
            session, caller, "appeal.decided", appeal_id, at=now, district_id=district_id, details=details
        )
        return Decided(appeal=_shown(row), refunds=[refund.refund_id for refund in given])


def _shown(row: AppealRow) -> WaitingAppeal:
    return WaitingAppeal(
        id=row.appeal_id,
        session=row.session_id,
        reason=row.reason,
        words=row.words,
        filed_at=row.filed_at,
        outcome=row.outcome,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        why=row.why,
    )
