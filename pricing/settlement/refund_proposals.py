"""Proposes a refund where collected money exceeds the bill: paid offline and online, or by two ways at once.

Nothing is given back by a machine: the money waits in suspense until two persons have looked at both proofs.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError, NotFoundError
from pricing.settlement.model import Payment
from pricing.settlement.refund_proposal_tables import RefundProposalRow
from pricing.settlement.tables import BillRow, PaymentRow, RefundRow


async def propose(session: AsyncSession, district_id: str, payment: Payment) -> None:
    """Propose to give back what of the payment paid no bill; nothing where all of it did."""
    excess = payment.amount.amount - payment.applied
    if excess == 0:
        return
    await session.flush()
    made = select(PaymentRow).where(PaymentRow.session_id == payment.session_id).order_by(PaymentRow.paid_at)
    session.add(
        RefundProposalRow(
            payment_id=payment.payment_id,
            session_id=payment.session_id,
            district_id=district_id,
            amount=excess,
            currency=payment.amount.currency,
            proofs=[_proof(row) for row in await session.scalars(made)],
            proposed_at=payment.paid_at,
            state="proposed",
        )
    )
    await session.flush()


async def listed(
    session: AsyncSession, *, district_id: str | None, payee: str | None, decided: bool = False
) -> list[RefundProposalRow]:
    """Oldest first, those that wait or those that are decided; of one district, of one payee, or with None of all."""
    is_decided = RefundProposalRow.state.in_(("refunded", "rejected"))
    wanted = select(RefundProposalRow).where(is_decided if decided else ~is_decided)
    if district_id is not None:
        wanted = wanted.where(RefundProposalRow.district_id == district_id)
    if payee is not None:
        wanted = wanted.join(BillRow, BillRow.session_id == RefundProposalRow.session_id).where(BillRow.payee == payee)
    return list(await session.scalars(wanted.order_by(RefundProposalRow.proposed_at, RefundProposalRow.payment_id)))


async def proposal(session: AsyncSession, payment_id: str, *, lock: bool = False) -> RefundProposalRow:
    """Raises NotFoundError (`refund_proposal_unknown`)."""
    wanted = select(RefundProposalRow).where(RefundProposalRow.payment_id == payment_id)
    # What the transaction read before it held the row may be old by now.
    wanted = wanted.execution_options(populate_existing=True)
    found = await session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFoundError(f"no refund of {payment_id!r} is proposed", code="refund_proposal_unknown")
    return found


async def endorse(session: AsyncSession, payment_id: str, *, by: str, at: datetime) -> RefundProposalRow:
    """The first person has looked at the proofs; again by the same person changes nothing.

    Raises as `proposal`, and ConflictError (`refund_proposal_decided`, `refund_proposal_endorsed`).
    """
    found = await proposal(session, payment_id, lock=True)
    check_open(found)
    if found.state == "endorsed" and found.endorsed_by != by:
        raise ConflictError("somebody else has endorsed it already", code="refund_proposal_endorsed")
    if found.state == "proposed":
        found.state, found.endorsed_by, found.endorsed_at = "endorsed", by, at
        await session.flush()
    return found


async def reject(session: AsyncSession, payment_id: str, *, by: str, at: datetime, reason: str) -> RefundProposalRow:
    """The second person finds that nothing is owed back; the money stays in suspense, and a refund by hand may follow.

    Raises as `proposal` and `check_second`.
    """
    found = await proposal(session, payment_id, lock=True)
    check_second(found, by)
    found.state, found.decided_by, found.decided_at, found.reason = "rejected", by, at, reason
    await session.flush()
    return found


def check_open(found: RefundProposalRow) -> None:
    """Raise ConflictError (`refund_proposal_decided`)."""
    if found.state in {"refunded", "rejected"}:
        raise ConflictError(f"this proposal is {found.state} already", code="refund_proposal_decided")


def check_second(found: RefundProposalRow, by: str) -> None:
    """Raise ConflictError (`refund_proposal_decided`, `refund_proposal_not_endorsed`, `second_person_missing`)."""
    check_open(found)
    if found.state != "endorsed":
        raise ConflictError("nobody has endorsed this proposal yet", code="refund_proposal_not_endorsed")
    if found.endorsed_by == by:
        raise ConflictError("who has endorsed it does not decide it", code="second_person_missing")


async def left_in_suspense(session: AsyncSession, found: RefundProposalRow) -> int:
    """What of the proposed amount was not given back by hand meanwhile, in minor units."""
    given = select(func.coalesce(func.sum(RefundRow.from_suspense), 0)).where(RefundRow.payment_id == found.payment_id)
    return found.amount - int((await session.execute(given)).scalar_one())


def _proof(row: PaymentRow) -> dict[str, object]:
    return {
        "payment": row.payment_id,
        "receipt": row.receipt_id,
        "method": row.method,
        "amount": row.amount,
        "applied": row.applied,
        "paid_at": row.paid_at.isoformat(),
        "taken_by": row.taken_by,
        "drawer": row.drawer_id,
        "provider_reference": row.provider_reference,
    }
