"""Waivers and write-offs: one person proposes, an approver who is somebody else decides."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.auth.accounts import audit
from api.operator.money_access import scope_of
from api.operator.recovery_access import REFUSALS, Amount, Approver, ClockDep, DatabaseDep, Preparer, Reader, check_stay
from pricing.settlement import waivers
from pricing.settlement.correction_tables import WaiverRow
from pricing.settlement.model import BillState
from pricing.settlement.waivers import WaiverKind, WaiverWish

router = APIRouter(tags=["operators"])


class WaiverIn(BaseModel):
    """Forgive a debt (`waived`) or give it up as lost (`written_off`); without an amount all of it."""

    model_config = ConfigDict(extra="forbid")

    session: str = Field(max_length=64)
    kind: WaiverKind
    amount: Amount | None = None
    reason: str = Field(min_length=3, max_length=500)


class Waiver(BaseModel):
    """What was proposed, and the second person's word."""

    id: str
    session: str
    kind: str
    amount: Amount
    reason: str
    proposed_by: str
    proposed_at: datetime
    outcome: str | None
    decided_by: str | None
    decided_at: datetime | None


class WaiverList(BaseModel):
    """Newest first, 500 at most."""

    waivers: list[Waiver]


class WaiverDecision(BaseModel):
    """Yes or no."""

    model_config = ConfigDict(extra="forbid")

    approved: bool


class WaiverDecided(BaseModel):
    """The waiver, and the state of the bill after it."""

    waiver: Waiver
    bill: BillState


@router.get("/v1/operator/waivers", summary="Waivers and write-offs, newest first", responses=REFUSALS)
async def listed(
    caller: Reader,
    database: DatabaseDep,
    waiting: Annotated[bool, Query(description="Only those that nobody has decided")] = True,  # noqa: FBT002 - a query
) -> WaiverList:
    async with database.transaction() as session:
        rows = await waivers.listed(
            session, district_id=caller.district_id, payee=scope_of(caller).operator_id, undecided=waiting
        )
        return WaiverList(waivers=[_shown(row) for row in rows])


@router.post("/v1/operator/waivers", status_code=201, summary="Propose a waiver or write-off", responses=REFUSALS)
async def propose(wish: WaiverIn, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> Waiver:
    """Nothing is booked until another person has agreed."""
    async with database.transaction() as session:
        district_id = await check_stay(session, caller, wish.session)
        row = await waivers.propose(
            session,
            WaiverWish(
                session_id=wish.session,
                kind=wish.kind,
                amount=None if wish.amount is None else wish.amount.money(),
                reason=wish.reason,
                proposed_by=caller.actor,
                proposed_at=clock(),
            ),
        )
        details = {"session": wish.session, "kind": wish.kind, "amount": row.amount}
        await audit.record(
            session, caller, "waiver.proposed", row.waiver_id, at=clock(), district_id=district_id, details=details
        )
        return _shown(row)


@router.post("/v1/operator/waivers/{waiver_id}/decision", summary="Decide a waiver", responses=REFUSALS)
async def decide(
    waiver_id: str, decision: WaiverDecision, caller: Approver, database: DatabaseDep, clock: ClockDep
) -> WaiverDecided:
    """By somebody else than who proposed it; the ledger gets a new entry and the old ones stay."""
    caller.check_authority()
    now = clock()
    async with database.transaction() as session:
        row = await waivers.find(session, waiver_id)
        district_id = await check_stay(session, caller, row.session_id)
        bill = await waivers.decide(session, row, is_approved=decision.approved, by=caller.actor, at=now)
        details = {"session": row.session_id, "approved": decision.approved}
        await audit.record(
            session, caller, "waiver.decided", waiver_id, at=now, district_id=district_id, details=details
        )
        return WaiverDecided(waiver=_shown(row), bill=bill.state)


def _shown(row: WaiverRow) -> Waiver:
    return Waiver(
        id=row.waiver_id,
        session=row.session_id,
        kind=row.kind,
        amount=Amount(amount=row.amount, currency=row.currency),
        reason=row.reason,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        outcome=row.outcome,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
