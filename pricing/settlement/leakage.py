"""What was parked and is nobody's debt: bills of stays without a plate, and stays that nobody has paid so far."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.money import Money
from parking.sessions.tables import SessionRow
from pricing.quotes.tables import FeeRow
from pricing.settlement.tables import BillRow, PaymentRow


@dataclass(frozen=True, kw_only=True)
class Leakage:
    """An estimate: what the fees would have brought, had a plate been known."""

    stays: int
    amount: Money


async def leakage(
    session: AsyncSession, *, start: datetime, end: datetime, district_id: str | None = None, currency: str = "CNY"
) -> Leakage:
    """Fees above zero issued in `[start, end)` that nobody owes: no plate by now, and no payment."""
    statement = (
        select(func.count(), func.coalesce(func.sum(FeeRow.amount), 0))
        .join(SessionRow, SessionRow.session_id == FeeRow.session_id)
        .join(BillRow, BillRow.session_id == FeeRow.session_id)
        .where(
            FeeRow.issued_at >= start,
            FeeRow.issued_at < end,
            FeeRow.currency == currency,
            FeeRow.amount > 0,
            SessionRow.plate_token.is_(None),
            ~select(PaymentRow).where(PaymentRow.session_id == FeeRow.session_id).exists(),
        )
    )
    if district_id is not None:
        statement = statement.where(BillRow.district_id == district_id)
    stays, amount = (await session.execute(statement)).one()
    return Leakage(stays=int(stays), amount=Money(int(amount), currency))
