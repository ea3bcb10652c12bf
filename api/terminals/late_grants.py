"""Free time that a terminal granted while the answer to its item was lost: the fee stands already, and never changes.

What the driver was told is kept all the same: the rest is proposed to be waived, and two persons decide as of any waiver.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import Caller
from parking.domain.money import Money
from pricing.quotes.service import Granted, told_fee
from pricing.settlement import service, waivers
from pricing.settlement.waivers import WaiverWish

REASON = "离线时已给予免费时间 / free time was granted offline"


async def propose_the_rest(
    session: AsyncSession, caller: Caller, session_id: str, granted: Granted, now: datetime
) -> None:
    """Once for a stay, and nothing where the fee is no higher than what the driver was told, or is paid."""
    bill = await service.open_bill(session, session_id)
    rest = min(bill.left, bill.amount - (await told_fee(session, session_id, granted)).amount)
    if rest <= 0 or await waivers.is_proposed(session, session_id, by=caller.actor):
        return
    await waivers.propose(
        session,
        WaiverWish(
            session_id=session_id,
            kind="waived",
            amount=Money(rest, bill.currency),
            reason=REASON,
            proposed_by=caller.actor,
            proposed_at=now,
        ),
    )
