"""Paying a running stay ahead. The money is a debt of the city until the stay has its bill; then it pays that bill.

What it does not need (the driver left early, or parked free) waits in suspense with a proposal to give it back; what is
missing (the driver stayed longer) is owed as anything else.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError
from parking.domain.money import Money
from parking.sessions import service as sessions
from pricing.quotes.quoting import StayEndedError
from pricing.quotes.service import running_fee
from pricing.settlement import balances, journal, rules
from pricing.settlement.model import METHODS, AmountConflictError, Method, PaymentRefusedError, Prepaid
from pricing.settlement.prepaid_tables import PrepaidRow
from pricing.settlement.tables import BillRow

_METHOD: dict[str, Method] = {method: method for method in METHODS}


class PrepaidAlreadyError(ConflictError):
    """The money is in the ledger, under this id or this reference of its provider."""

    code = "prepaid_already"


async def prepay(session: AsyncSession, money: Prepaid, *, until: datetime) -> int:
    """Take the money for a stay that goes on until that instant; returns what is paid ahead by now, in minor units.

    Raises NotFoundError (`session_unknown`), ConflictError (`session_ended`, `amount_changed` with what it is by now),
    `PaymentRefusedError` (`drawer_missing`) and what `rules.check_amount` and `balances.check_covers` raise.
    """
    stay = await sessions.for_update(session, money.session_id or "")
    if stay.ended_at is not None:
        raise StayEndedError("the stay has ended; pay its bill")
    if money.method == "cash" and money.drawer_id is None:
        raise PaymentRefusedError("cash needs the terminal or shift whose drawer takes it", code="drawer_missing")
    fee = (await running_fee(session, stay.session_id, at=until)).fee.amount
    rules.check_amount(money.amount, fee.currency)
    before = await paid_ahead(session, stay.session_id)
    owed = Money(max(fee.amount - before, 0), fee.currency)
    if money.amount != owed:
        raise AmountConflictError(
            f"until then it is {owed}",
            code="amount_changed",
            fields={"owed": {"amount": owed.amount, "currency": owed.currency}},
        )
    if money.method == "balance":
        await balances.check_covers(session, money.account or "", money.amount)
    await keep(session, money)
    return before + money.amount.amount


async def keep(session: AsyncSession, money: Prepaid) -> None:
    """Book money that is there, once for each of its ids and of a provider's references. Raises `PrepaidAlreadyError`."""
    values = {
        "prepaid_id": money.prepaid_id,
        "receipt_id": money.receipt_id,
        "session_id": money.session_id,
        "balance_id": money.balance_id,
        "amount": money.amount.amount,
        "currency": money.amount.currency,
        "method": money.method,
        "account": money.account,
        "drawer_id": money.drawer_id,
        "provider_reference": money.provider_reference,
        "taken_by": money.taken_by,
        "paid_at": money.paid_at,
    }
    made = insert(PrepaidRow).values(values).on_conflict_do_nothing().returning(PrepaidRow.prepaid_id)
    if (await session.execute(made)).scalar_one_or_none() is None:
        raise PrepaidAlreadyError("this money is booked already")
    await journal.book(session, rules.prepaid_entry(money))


async def paid_ahead(session: AsyncSession, session_id: str) -> int:
    """What was paid ahead for a stay that has no bill yet, in minor units."""
    has_bill = select(BillRow).where(BillRow.session_id == session_id).exists()
    paid = select(func.coalesce(func.sum(PrepaidRow.amount), 0)).where(PrepaidRow.session_id == session_id, ~has_bill)
    return int((await session.execute(paid)).scalar_one())


async def of_stay(session: AsyncSession, session_id: str) -> list[Prepaid]:
    """Oldest first."""
    rows = select(PrepaidRow).where(PrepaidRow.session_id == session_id).order_by(PrepaidRow.prepaid_id)
    return [_prepaid(row) for row in await session.scalars(rows)]


def _prepaid(row: PrepaidRow) -> Prepaid:
    return Prepaid(
        prepaid_id=row.prepaid_id,
        receipt_id=row.receipt_id,
        session_id=row.session_id,
        balance_id=row.balance_id,
        amount=Money(row.amount, row.currency),
        method=_METHOD[row.method],
        account=row.account,
        drawer_id=row.drawer_id,
        provider_reference=row.provider_reference,
        taken_by=row.taken_by,
        paid_at=row.paid_at,
    )
