"""The second person's yes to a proposed refund: the money goes back in the same transaction."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError
from parking.domain.money import Money
from pricing.settlement import refund_proposals, service
from pricing.settlement.model import RefundWish
from pricing.settlement.refund_proposal_tables import RefundProposalRow


async def give_back(
    session: AsyncSession, payment_id: str, *, by: str, at: datetime, drawer_id: str | None = None
) -> RefundProposalRow:
    """By the way it came; cash out of `drawer_id`, or out of the drawer that took it.

    Raises as `refund_proposals.check_second` and `service.refund`, and ConflictError (`refund_given_already`) when it
    was given back by hand meanwhile: then the proposal is to be rejected.
    """
    # The bill is held before the proposal, in the order in which a payment takes them.
    await service.open_bill(session, await service.stay_of_payment(session, payment_id))
    found = await refund_proposals.proposal(session, payment_id, lock=True)
    refund_proposals.check_second(found, by)
    if await refund_proposals.left_in_suspense(session, found) < found.amount:
        raise ConflictError("some of it was given back already", code="refund_given_already")
    wish = RefundWish(
        payment_id=payment_id,
        amount=Money(found.amount, found.currency),
        reason="paid twice",
        refunded_at=at,
        given_by=by,
        drawer_id=drawer_id,
    )
    given = await service.refund(session, wish)
    found.state, found.decided_by, found.decided_at, found.refund_id = "refunded", by, at, given.refund_id
    await session.flush()
    return found
