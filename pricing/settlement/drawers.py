"""Closing a drawer: a shift's or a terminal's day against the ledger. Shortage is the drawer's, no driver is affected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.money import Money
from pricing.settlement import journal, model, rules
from pricing.settlement.model import METHODS, AmountConflictError, DrawerClose, MethodTotal, PaymentRefusedError
from pricing.settlement.prepaid_tables import BalancePayoutRow, PrepaidRow
from pricing.settlement.service import NewId, new_id
from pricing.settlement.tables import ClosedMovementRow, DrawerCloseRow, PaymentRow, PostingRow, RefundRow


@dataclass(frozen=True, slots=True)
class _Movement:
    """A payment or refund of a drawer that no close has counted yet."""

    movement_id: str
    method: str
    paid: int
    refunded: int


async def drawer_totals(session: AsyncSession, drawer_id: str, currency: str = "CNY") -> tuple[MethodTotal, ...]:
    """What came in and went out since the last close; methods without movement are left out."""
    movements, _ = await _open_movements(session, drawer_id, currency)
    return _totals(movements)


async def close_drawer(
    session: AsyncSession,
    *,
    drawer_id: str,
    counted: Money,
    closed_by: str,
    closed_at: datetime,
    new_id: NewId = new_id,
) -> DrawerClose:
    """Count the drawer, book the difference on it, and put the cash into its safe; the drawer is empty afterwards.

    A payment that commits later falls into the next close. Raises `PaymentRefusedError` (`counted_negative`), and
    `AmountConflictError` (`ledger_contradicts`) when the payments of the drawer are not what its account holds.
    """
    if counted.amount < 0:
        raise PaymentRefusedError("a drawer holds no less than nothing", code="counted_negative")
    await journal.lock_account(session, model.cash(drawer_id))
    movements, in_ledger = await _open_movements(session, drawer_id, counted.currency)
    expected = sum(one.paid - one.refunded for one in movements if one.method == "cash")
    if expected != in_ledger:
        raise AmountConflictError("the ledger and the drawer's payments differ", code="ledger_contradicts")
    close = DrawerClose(
        close_id=new_id(),
        drawer_id=drawer_id,
        closed_by=closed_by,
        closed_at=closed_at,
        expected=Money(expected, counted.currency),
        counted=counted,
        totals=_totals(movements),
    )
    await _write(session, close, movements)
    await journal.book(session, rules.close_entry(close))
    return close


async def _open_movements(session: AsyncSession, drawer_id: str, currency: str) -> tuple[list[_Movement], int]:
    """The movements and the balance of the drawer's account, out of one snapshot."""
    payments = select(
        PaymentRow.payment_id.label("movement_id"),
        PaymentRow.method.label("method"),
        PaymentRow.amount.label("paid"),
        literal(0).label("refunded"),
    ).where(PaymentRow.drawer_id == drawer_id, PaymentRow.currency == currency)
    refunds = (
        select(RefundRow.refund_id, PaymentRow.method, literal(0), RefundRow.amount)
        .join(PaymentRow, PaymentRow.payment_id == RefundRow.payment_id)
        .where(RefundRow.drawer_id == drawer_id, PaymentRow.currency == currency)
    )
    # A prepayment that is used is a payment of the same id, and is counted once whichever of the two a close has seen.
    ahead = select(PrepaidRow.prepaid_id, PrepaidRow.method, PrepaidRow.amount, literal(0)).where(
        PrepaidRow.drawer_id == drawer_id,
        PrepaidRow.currency == currency,
        ~select(PaymentRow).where(PaymentRow.payment_id == PrepaidRow.prepaid_id).exists(),
    )
    payouts = select(BalancePayoutRow.payout_id, literal("cash"), literal(0), BalancePayoutRow.amount).where(
        BalancePayoutRow.drawer_id == drawer_id, BalancePayoutRow.currency == currency
    )
    moved = union_all(payments, refunds, ahead, payouts).subquery()
    balance = select(func.coalesce(func.sum(PostingRow.amount), 0)).where(
        PostingRow.account_id == model.cash(drawer_id), PostingRow.currency == currency
    )
    # The balance is the left side, so that it is there also when nothing has moved.
    held = select(balance.scalar_subquery().label("balance")).subquery()
    open_ones = (
        select(moved)
        .where(~select(ClosedMovementRow).where(ClosedMovementRow.movement_id == moved.c.movement_id).exists())
        .subquery()
    )
    rows = await session.execute(
        select(held.c.balance, open_ones).select_from(held).outerjoin(open_ones, literal(True))
    )
    found = rows.all()
    movements = [_Movement(str(row[1]), row[2], int(row[3]), int(row[4])) for row in found if row[1] is not None]
    return movements, int(found[0][0])


def _totals(movements: Sequence[_Movement]) -> tuple[MethodTotal, ...]:
    totals = []
    for method in METHODS:
        ours = [one for one in movements if one.method == method]
        if ours:
            total = MethodTotal(
                method=method,
                payments=sum(one.paid > 0 for one in ours),
                paid=sum(one.paid for one in ours),
                refunds=sum(one.refunded > 0 for one in ours),
                refunded=sum(one.refunded for one in ours),
            )
            totals.append(total)
    return tuple(totals)


async def _write(session: AsyncSession, close: DrawerClose, movements: Sequence[_Movement]) -> None:
    row = DrawerCloseRow(
        close_id=close.close_id,
        drawer_id=close.drawer_id,
        closed_by=close.closed_by,
        closed_at=close.closed_at,
        expected=close.expected.amount,
        counted=close.counted.amount,
        currency=close.counted.currency,
        totals=[
            {
                "method": total.method,
                "payments": total.payments,
                "paid": total.paid,
                "refunds": total.refunds,
                "refunded": total.refunded,
            }
            for total in close.totals
        ],
    )
    session.add(row)
    await session.flush()
    if movements:
        rows = [{"movement_id": one.movement_id, "close_id": close.close_id} for one in movements]
        await session.execute(insert(ClosedMovementRow), rows)
