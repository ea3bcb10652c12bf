"""A debt that ends without money: one person proposes, another decides, and the ledger gets a new entry."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, NotFoundError
from parking.domain.money import Money
from parking.events.fee import FeeReopened, FeeWrittenOff
from pricing.settlement import journal, rules
from pricing.settlement.correction_tables import BillAdjustmentRow, WaiverRow
from pricing.settlement.model import AdjustmentKind, AmountConflictError, Bill
from pricing.settlement.service import SOURCE, new_id, open_bill
from pricing.settlement.tables import BillRow

WaiverKind = Literal["waived", "written_off"]
WAIVERS_LISTED = 500


class WaiverUnknownError(NotFoundError):
    """Nobody has proposed that."""

    code = "waiver_unknown"


@dataclass(frozen=True, kw_only=True)
class WaiverWish:
    """What somebody proposes; without an amount all that is left."""

    session_id: str
    kind: WaiverKind
    amount: Money | None
    reason: str
    proposed_by: str
    proposed_at: datetime


async def propose(session: AsyncSession, wish: WaiverWish) -> WaiverRow:
    """Raises `BillUnknownError`, and as `rules.check_release`."""
    bill = await open_bill(session, wish.session_id)
    amount = Money(bill.left, bill.currency) if wish.amount is None else wish.amount
    rules.check_release(bill, amount)
    row = WaiverRow(
        waiver_id=new_id(),
        session_id=wish.session_id,
        kind=wish.kind,
        amount=amount.amount,
        currency=amount.currency,
        reason=wish.reason,
        proposed_by=wish.proposed_by,
        proposed_at=wish.proposed_at,
    )
    session.add(row)
    await session.flush()
    return row


async def is_proposed(session: AsyncSession, session_id: str, *, by: str) -> bool:
    """Whether somebody has proposed something for the stay already, decided or not."""
    own = (WaiverRow.session_id == session_id, WaiverRow.proposed_by == by)
    return await session.scalar(select(WaiverRow.waiver_id).where(*own).limit(1)) is not None


async def find(session: AsyncSession, waiver_id: str) -> WaiverRow:
    """Held until the transaction ends. Raises `WaiverUnknownError`."""
    row = await session.scalar(select(WaiverRow).where(WaiverRow.waiver_id == waiver_id).with_for_update())
    if row is None:
        raise WaiverUnknownError(f"there is no waiver {waiver_id[:64]!r}")
    return row


async def decide(session: AsyncSession, row: WaiverRow, *, is_approved: bool, by: str, at: datetime) -> Bill:
    """The second person's word; what was left when it was proposed may have been paid meanwhile.

    Raises ConflictError `waiver_decided`, `second_person_needed`, and as `rules.check_release`.
    """
    if row.outcome is not None:
        raise ConflictError("this waiver is decided", code="waiver_decided")
    if row.proposed_by == by:
        raise ConflictError("who proposed it does not decide it", code="second_person_needed")
    bill = await open_bill(session, row.session_id)
    if is_approved:
        kind: WaiverKind = "waived" if row.kind == "waived" else "written_off"
        amount = Money(row.amount, row.currency)
        rules.check_release(bill, amount)
        await adjust(session, bill, kind=kind, amount=amount.amount, by=by, at=at)
        fact = FeeWrittenOff(
            session_id=bill.session_id,
            kind=kind,
            amount=row.amount,
            currency=row.currency,
            left_to_pay=bill.left - row.amount,
            decided_at=at,
        )
        await outbox.write(session, fact, source=SOURCE, at=at)
    row.outcome, row.decided_by, row.decided_at = "approved" if is_approved else "rejected", by, at
    await session.flush()
    return await open_bill(session, row.session_id)


async def listed(
    session: AsyncSession, *, district_id: str | None, payee: str | None, undecided: bool
) -> list[WaiverRow]:
    """Newest first; of one district, of one payee, or with None of all."""
    rows = select(WaiverRow).join(BillRow, BillRow.session_id == WaiverRow.session_id)
    if district_id is not None:
        rows = rows.where(BillRow.district_id == district_id)
    if payee is not None:
        rows = rows.where(BillRow.payee == payee)
    if undecided:
        rows = rows.where(WaiverRow.outcome.is_(None))
    return list(await session.scalars(rows.order_by(WaiverRow.proposed_at.desc()).limit(WAIVERS_LISTED)))


async def reopen(session: AsyncSession, bill: Bill, amount: int, *, by: str, at: datetime) -> None:
    """Let a bill be owed again by as much as a correcting refund gave back of what had paid it.

    Raises `AmountConflictError` (`reopened_above_refunded`).
    """
    if amount > bill.refunded:
        raise AmountConflictError("only what was given back can be owed again", code="reopened_above_refunded")
    await adjust(session, bill, kind="reopened", amount=amount, by=by, at=at)
    fact = FeeReopened(session_id=bill.session_id, amount=amount, currency=bill.currency, reopened_at=at)
    await outbox.write(session, fact, source=SOURCE, at=at)


async def adjust(
    session: AsyncSession, bill: Bill, *, kind: AdjustmentKind, amount: int, by: str, at: datetime
) -> None:
    """Book a change of what is owed on a bill that the caller's transaction holds."""
    row = BillAdjustmentRow(
        adjustment_id=new_id(), session_id=bill.session_id, kind=kind, amount=amount, adjusted_by=by, adjusted_at=at
    )
    session.add(row)
    await session.flush()
    await journal.book(session, rules.adjustment_entry(bill, row.adjustment_id, kind, amount, at))
