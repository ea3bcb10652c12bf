"""Unpaid bills and how far their recovery has come; every stage after the reminders is a person's decision."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.auth.accounts import audit
from api.operator.money_access import scope_of
from api.operator.recovery_access import (
    REFUSALS,
    Amount,
    ClockDep,
    DatabaseDep,
    Preparer,
    Reader,
    check_person,
    check_stay,
)
from pricing.arrears import service
from pricing.arrears.service import Recovery, Stage
from pricing.settlement.model import BillState

router = APIRouter(tags=["operators"])


class Arrears(BaseModel):
    """One unpaid bill. There is no late fee: `left` is never more than the fee."""

    session: str
    district: str
    bill: BillState
    left: Amount
    issued_at: datetime
    stage: Stage
    reminders: int
    reminded_at: datetime | None
    moved_by: str | None
    moved_at: datetime | None


class ArrearsList(BaseModel):
    """Oldest bill first, 500 at most."""

    arrears: list[Arrears]


class StageDecision(BaseModel):
    """Formal notice, and after it the legal way."""

    model_config = ConfigDict(extra="forbid")

    stage: Literal["noticed", "legal"]
    reason: str = Field(min_length=3, max_length=500)


@router.get("/v1/operator/arrears", summary="Unpaid bills under recovery", responses=REFUSALS)
async def listed(caller: Reader, database: DatabaseDep, stage: Annotated[Stage | None, Query()] = None) -> ArrearsList:
    async with database.transaction() as session:
        found = await service.listed(
            session, district_id=caller.district_id, payee=scope_of(caller).operator_id, stage=stage
        )
    return ArrearsList(arrears=[_shown(one) for one in found])


@router.post("/v1/operator/arrears/{session_id}/stage", summary="Move a recovery on", responses=REFUSALS)
async def move(
    session_id: str, decision: StageDecision, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> Arrears:
    """A disputed bill stays where it is."""
    check_person(caller)
    now = clock()
    async with database.transaction() as session:
        district_id = await check_stay(session, caller, session_id)
        moved = await service.move(session, session_id, decision.stage, by=caller.actor, at=now, reason=decision.reason)
        details = {"stage": decision.stage, "reason": decision.reason}
        await audit.record(
            session, caller, "arrears.moved", session_id, at=now, district_id=district_id, details=details
        )
        return _shown(moved)


def _shown(one: Recovery) -> Arrears:
    return Arrears(
        session=one.bill.session_id,
        district=one.bill.district_id,
        bill=one.bill.state,
        left=Amount(amount=one.bill.left, currency=one.bill.currency),
        issued_at=one.bill.issued_at,
        stage=one.stage,
        reminders=one.reminders,
        reminded_at=one.reminded_at,
        moved_by=one.moved_by,
        moved_at=one.moved_at,
    )
