"""Refunds that two persons decide: where money was taken offline and online, or by two ways at once."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.deps import json_only
from api.errors import problem_answers
from api.operator.money_access import scope_of
from api.operator.recovery_access import Approver, ClockDep, DatabaseDep, Preparer, Reader, check_payee
from parking.domain.ids import ID_PATTERN
from pricing.settlement import refund_decisions
from pricing.settlement import refund_proposals as proposals
from pricing.settlement.refund_proposal_tables import RefundProposalRow

router = APIRouter(tags=["operators"])
REFUSALS: Final = problem_answers(400, 401, 403, 404, 409, 413, 415, 503)
PaymentId = Annotated[str, Path(pattern=ID_PATTERN)]


class RefundProposal(BaseModel):
    """What a payment brought in above its bill, with every payment of the stay as proof."""

    payment: str
    session: str
    state: Literal["proposed", "endorsed", "refunded", "rejected"]
    amount: int = Field(description="Minor units")
    currency: str
    proofs: list[dict[str, Any]]
    proposed_at: datetime
    endorsed_by: str | None
    decided_by: str | None
    reason: str | None
    refund: str | None


class RefundProposalList(BaseModel):
    """Oldest first, of the caller's district."""

    proposals: list[RefundProposal]


class GiveBack(BaseModel):
    """Where the cash comes from."""

    model_config = ConfigDict(extra="forbid")

    drawer: str | None = Field(default=None, pattern=ID_PATTERN, description="The drawer that took it unless given")


class Rejection(BaseModel):
    """Why nothing is given back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500)


@router.get("/v1/operator/refund-proposals", summary="Money that was taken twice", responses=problem_answers(401, 403))
async def refund_proposals(
    caller: Reader,
    base: DatabaseDep,
    decided: Annotated[bool, Query(description="Those that are decided instead of those that wait")] = False,  # noqa: FBT002 - a query parameter
) -> RefundProposalList:
    async with base.transaction() as session:
        found = await proposals.listed(
            session, district_id=caller.district_id, payee=scope_of(caller).operator_id, decided=decided
        )
        return RefundProposalList(proposals=[_out(row) for row in found])


@router.post(
    "/v1/operator/refund-proposals/{payment_id}/endorse",
    summary="The first person has seen both proofs",
    responses=REFUSALS,
)
async def endorse(payment_id: PaymentId, caller: Preparer, base: DatabaseDep, clock: ClockDep) -> RefundProposal:
    async with base.transaction() as session:
        await _check(session, caller, payment_id)
        found = await proposals.endorse(session, payment_id, by=caller.actor, at=clock())
        await audit.record(session, caller, "refund.endorsed", payment_id, at=clock(), district_id=found.district_id)
        return _out(found)


@router.post(
    "/v1/operator/refund-proposals/{payment_id}/refund",
    summary="The second person gives it back",
    responses=REFUSALS,
    dependencies=[Depends(json_only)],
)
async def give_back(
    payment_id: PaymentId, wish: GiveBack, caller: Approver, base: DatabaseDep, clock: ClockDep
) -> RefundProposal:
    """Booked in the same transaction, out of suspense."""
    caller.check_authority()
    async with base.transaction() as session:
        await _check(session, caller, payment_id)
        found = await refund_decisions.give_back(
            session, payment_id, by=caller.actor, at=clock(), drawer_id=wish.drawer
        )
        await audit.record(
            session,
            caller,
            "refund.approved",
            payment_id,
            at=clock(),
            district_id=found.district_id,
            details={"refund": found.refund_id, "amount": found.amount},
        )
        return _out(found)


@router.post(
    "/v1/operator/refund-proposals/{payment_id}/reject",
    summary="The second person gives nothing back",
    responses=REFUSALS,
    dependencies=[Depends(json_only)],
)
async def reject(
    payment_id: PaymentId, because: Rejection, caller: Approver, base: DatabaseDep, clock: ClockDep
) -> RefundProposal:
    caller.check_authority()
    async with base.transaction() as session:
        await _check(session, caller, payment_id)
        found = await proposals.reject(session, payment_id, by=caller.actor, at=clock(), reason=because.reason)
        await audit.record(session, caller, "refund.rejected", payment_id, at=clock(), district_id=found.district_id)
        return _out(found)


async def _check(session: AsyncSession, caller: Caller, payment_id: str) -> None:
    found = await proposals.proposal(session, payment_id)
    caller.check_district(found.district_id)
    await check_payee(session, caller, found.session_id)


def _out(row: RefundProposalRow) -> RefundProposal:
    return RefundProposal.model_validate(
        {
            "payment": row.payment_id,
            "session": row.session_id,
            "state": row.state,
            "amount": row.amount,
            "currency": row.currency,
            "proofs": row.proofs,
            "proposed_at": row.proposed_at,
            "endorsed_by": row.endorsed_by,
            "decided_by": row.decided_by,
            "reason": row.reason,
            "refund": row.refund_id,
        }
    )
