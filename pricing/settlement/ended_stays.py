"""Many stays that end or are claimed at once: their fees are issued and their bills opened in hardly more statements than for one.

What is rare goes the way of a single stay (`service`): bills that are there and say less than their fee, and money that came ahead.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from pricing.quotes.service import fix_fees
from pricing.settlement import journal, repository
from pricing.settlement.model import IssuedFee
from pricing.settlement.service import fee_of, record_fee, to_book, use_prepaid


async def settle_all(session: AsyncSession, session_ids: Collection[str], *, at: datetime) -> None:
    """As `service.settle` for each of these different stays; raises as it does, and then nothing of it may be kept."""
    fixed = await fix_fees(session, session_ids, at=at)
    bills = await repository.insert_bills(session, [fee_of(each) for each in fixed if each.is_new])
    opened = [to_book(bill, bill.issued_at) for bill in bills.values()]
    await journal.book(session, *(entry for _, entry in opened))
    for bill, _ in opened:
        if bill.is_prepaid:
            await use_prepaid(session, bill)
    await _record(session, [fee_of(each) for each in fixed if each.fee.session_id not in bills])


async def open_bills(session: AsyncSession, session_ids: Collection[str]) -> None:
    """As `service.open_bill` for each that has a fee; what is claimed while it runs has none yet, and its end opens the bill."""
    await _record(session, await repository.issued_fees(session, session_ids))


async def _record(session: AsyncSession, fees: Collection[IssuedFee]) -> None:
    settled = await repository.settled(session, fees) if fees else set()
    for fee in fees:
        if fee.session_id not in settled:
            await record_fee(session, fee)
