"""Use cases of arrears, each in the caller's transaction. Nothing here costs the debtor anything or closes a gate.

Rule (city.md C9, street.md "arrears are a civil debt"): reminders by the calendar, every further stage by a person's
decision, an objection freezes both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError
from parking.domain.money import Money
from parking.events.arrears import ArrearsMoved, DebtReminded
from parking.sessions.tables import SessionRow
from pricing.arrears.tables import ArrearsRow
from pricing.settlement import service
from pricing.settlement.correction_tables import AppealRow
from pricing.settlement.model import AmountConflictError, Bill, Payment, PaymentRefusedError, PaymentWish, TakenMethod
from pricing.settlement.outstanding import outstanding
from pricing.settlement.tables import BillRow

SOURCE: Final = "pricing.arrears"
Stage = Literal["reminding", "noticed", "legal"]
REMINDED_AFTER: Final = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""After the bill, or after the last objection was decided."""
LOOKED_BACK: Final = timedelta(days=60)
"""A bill that slept through all its reminders so long is a person's matter."""
_BATCH: Final = 500
ARREARS_LISTED: Final = 500
_NEXT: Final[dict[Stage, Stage]] = {"reminding": "noticed", "noticed": "legal"}


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """One unpaid bill and how far its recovery has come."""

    bill: Bill
    stage: Stage
    reminders: int
    reminded_at: datetime | None
    moved_by: str | None
    moved_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PayOff:
    """Money for what a vehicle owes, oldest bill first; a part of it is welcome."""

    amount: Money
    method: TakenMethod
    paid_at: datetime
    taken_by: str
    drawer_id: str | None


async def remind(session: AsyncSession, now: datetime, after: Sequence[timedelta] = REMINDED_AFTER) -> int:
    """Tell the bus of every bill whose next reminder is due; a disputed or paid one waits. Answers how many."""
    last_word = select(func.max(AppealRow.decided_at)).where(AppealRow.session_id == BillRow.session_id)
    base = func.greatest(BillRow.issued_at, last_word.scalar_subquery())
    sent = func.coalesce(ArrearsRow.reminders, 0)
    due = or_(*((sent == number) & (base <= now - wait) for number, wait in enumerate(after)))
    rows = (
        select(BillRow.session_id)
        .outerjoin(ArrearsRow, ArrearsRow.session_id == BillRow.session_id)
        .where(
            BillRow.is_attributed,
            BillRow.amount > 0,
            BillRow.issued_at <= now - min(after),
            BillRow.issued_at > now - LOOKED_BACK,
            due,
            ~_is_disputed(),
            outstanding() > 0,
        )
        .order_by(BillRow.issued_at)
        .limit(_BATCH)
    )
    told = 0
    for session_id in list(await session.scalars(rows)):
        bill = await service.open_bill(session, session_id)
        if bill.left > 0 and not bill.is_disputed:
            await _remind(session, bill, now)
            told += 1
    return told


async def move(session: AsyncSession, session_id: str, stage: Stage, *, by: str, at: datetime, reason: str) -> Recovery:
    """A person decides the next stage. Raises ConflictError `bill_disputed`, `nothing_owed`, `stage_order`."""
    bill = await service.open_bill(session, session_id)
    if bill.is_disputed:
        raise ConflictError("an objection waits for its decision", code="bill_disputed")
    if bill.left == 0 or not bill.is_attributed:
        raise ConflictError("nobody owes anything on this bill", code="nothing_owed")
    row = await _row(session, session_id)
    if _NEXT.get(_stage(row)) != stage:
        raise ConflictError(f"after {row.stage!r} does not come {stage!r}", code="stage_order")
    row.stage, row.moved_by, row.moved_at, row.reason = stage, by, at, reason
    await session.flush()
    fact = ArrearsMoved(session_id=session_id, stage="legal" if stage == "legal" else "noticed", moved_at=at)
    await outbox.write(session, fact, source=SOURCE, at=at)
    return _recovery(bill, row)


async def listed(
    session: AsyncSession, *, district_id: str | None, payee: str | None, stage: Stage | None
) -> list[Recovery]:
    """Unpaid bills that somebody was reminded of, oldest first; of one district, of one payee, or with None of all."""
    rows = select(ArrearsRow).join(BillRow, BillRow.session_id == ArrearsRow.session_id)
    if district_id is not None:
        rows = rows.where(BillRow.district_id == district_id)
    if payee is not None:
        rows = rows.where(BillRow.payee == payee)
    if stage is not None:
        rows = rows.where(ArrearsRow.stage == stage)
    rows = rows.where(outstanding() > 0).order_by(BillRow.issued_at).limit(ARREARS_LISTED)
    found = [_recovery(await service.bill_of(session, row.session_id), row) for row in await session.scalars(rows)]
    return [one for one in found if one.bill.left > 0]


async def owed(session: AsyncSession, plate_tokens: Sequence[str]) -> list[Bill]:
    """Unpaid and undisputed bills of a vehicle in the whole city, oldest first."""
    rows = (
        select(BillRow.session_id)
        .join(SessionRow, SessionRow.session_id == BillRow.session_id)
        .where(SessionRow.plate_token.in_(plate_tokens), BillRow.amount > 0, ~_is_disputed(), outstanding() > 0)
        .order_by(BillRow.issued_at, BillRow.session_id)
    )
    bills = [await service.bill_of(session, session_id) for session_id in list(await session.scalars(rows))]
    return [bill for bill in bills if bill.left > 0]


async def pay_off(session: AsyncSession, plate_tokens: Sequence[str], wish: PayOff) -> tuple[list[Payment], int]:
    """Pay a vehicle's bills, oldest first, with a receipt for each; answers what is left of all of them.

    Raises `AmountConflictError` (`amount_above_owed`), which does not say how much is owed, `PaymentRefusedError` and as
    `service.pay`.
    """
    bills = [bill for bill in await owed(session, plate_tokens) if bill.currency == wish.amount.currency]
    total, rest = sum(bill.left for bill in bills), wish.amount.amount
    if rest <= 0:
        raise PaymentRefusedError("an amount is above zero", code="amount_not_positive")
    if rest > total:
        raise AmountConflictError("this is more than the vehicle owes", code="amount_above_owed")
    payments: list[Payment] = []
    for bill in bills:
        part = min(rest, bill.left)
        if rest == 0:
            break
        payments.append(await service.pay(session, _payment(bill, part, wish)))
        rest -= part
    return payments, total - wish.amount.amount


def _payment(bill: Bill, part: int, wish: PayOff) -> PaymentWish:
    return PaymentWish(
        session_id=bill.session_id,
        amount=Money(part, bill.currency),
        method=wish.method,
        paid_at=wish.paid_at,
        taken_by=wish.taken_by,
        drawer_id=wish.drawer_id,
    )


async def _remind(session: AsyncSession, bill: Bill, now: datetime) -> None:
    row = await _row(session, bill.session_id)
    row.reminders, row.reminded_at = row.reminders + 1, now
    await session.flush()
    fact = DebtReminded(
        session_id=bill.session_id,
        reminder=row.reminders,
        left_to_pay=bill.left,
        currency=bill.currency,
        reminded_at=now,
    )
    await outbox.write(session, fact, source=SOURCE, at=now)


async def _row(session: AsyncSession, session_id: str) -> ArrearsRow:
    """Of a bill that the transaction holds."""
    row = await session.get(ArrearsRow, session_id, populate_existing=True)
    if row is None:
        row = ArrearsRow(session_id=session_id, stage="reminding", reminders=0)
        session.add(row)
    return row


def _recovery(bill: Bill, row: ArrearsRow) -> Recovery:
    return Recovery(
        bill=bill,
        stage=_stage(row),
        reminders=row.reminders,
        reminded_at=row.reminded_at,
        moved_by=row.moved_by,
        moved_at=row.moved_at,
    )


def _stage(row: ArrearsRow) -> Stage:
    stages: dict[str, Stage] = {"reminding": "reminding", "noticed": "noticed", "legal": "legal"}
    return stages[row.stage]


def _is_disputed() -> ColumnElement[bool]:
    return select(AppealRow).where(AppealRow.session_id == BillRow.session_id, AppealRow.outcome.is_(None)).exists()
