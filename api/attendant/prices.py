"""What stays will cost ahead, for a phone that may lose its network: sums and the moments at which they rise."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from api.attendant.schemas import Amount, PriceRise, StayPrice
from parking.sessions import service as sessions
from pricing.quotes.rises import Rise, next_rises
from pricing.quotes.service import priceable_stay
from pricing.settlement.prepayments import paid_ahead

AHEAD: Final = timedelta(hours=3)
"""A long outage. After it the phone takes no more cash for what it can no longer know."""
MOST_RISES: Final = 48


async def price_ahead(session: AsyncSession, session_id: str, *, at: datetime) -> StayPrice:
    """The same calculator as on the bill. Raises NotFoundError (`session_unknown`, `space_unknown`)."""
    stay = await sessions.get(session, session_id)
    begin = max(stay.started_at, at)
    found = await priceable_stay(session, stay, begin + AHEAD)
    charge = found.until(begin)
    until = begin + AHEAD
    rises: tuple[Rise, ...] = ()
    if charge.reason is None:
        rises = await asyncio.to_thread(
            next_rises, lambda later: found.until(later).fee.amount.amount, begin, most=MOST_RISES, within=AHEAD
        )
        until = rises[-1].at if len(rises) == MOST_RISES else until
    ahead = await paid_ahead(session, session_id)
    owed = max(charge.fee.amount.amount - ahead, 0)
    return StayPrice(
        session=session_id,
        owed=Amount(amount=owed, currency=charge.fee.amount.currency),
        rises=[PriceRise(at=rise.at, amount=max(rise.amount - ahead, 0)) for rise in rises],
        until=until,
    )
