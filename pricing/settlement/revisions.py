"""A stay whose fee is issued turns out to have been shorter: what is left of the debt is proposed to be waived, and what was paid
too much is a case for a person. The fee itself never changes, and nobody is asked for more than it.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.casework import service as casework
from parking.casework.model import Finding
from parking.domain.clock import Clock
from parking.domain.money import Money
from parking.events.session import SessionRevised
from pricing.quotes.service import issued_fee, running_fee
from pricing.settlement import waivers
from pricing.settlement.service import open_bill

BY: Final = "system"
_WHY: Final = "迟到的检测记录表明停放更短 / evidence that came late shows a shorter stay"


async def take(session: AsyncSession, fact: SessionRevised, clock: Clock) -> None:
    """In the caller's transaction. Raises what pricing the stay anew raises."""
    fee = await issued_fee(session, fact.session_id)
    if fee is None or fee.amount.amount == 0:
        return
    at = clock()
    bill = await open_bill(session, fact.session_id)
    if not bill.is_attributed:
        return
    now = (await running_fee(session, fact.session_id, at=at)).fee.amount
    too_much = fee.amount.amount - now.amount
    if too_much <= 0:
        return
    owed = min(too_much, bill.left)
    if owed > 0 and not await waivers.is_proposed(session, fact.session_id, by=BY):
        wish = waivers.WaiverWish(
            session_id=fact.session_id,
            kind="waived",
            amount=Money(owed, bill.currency),
            reason=_WHY,
            proposed_by=BY,
            proposed_at=at,
        )
        await waivers.propose(session, wish)
    if too_much > owed:
        found = Finding(
            kind="contradicted",
            zone_id=fact.zone_id,
            seen_at=at,
            by=BY,
            space_id=fact.space_id,
            session_id=fact.session_id,
            words=f"{_WHY}: {fee.amount} → {now}",
        )
        await casework.file(session, found, at=at)
