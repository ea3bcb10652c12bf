"""Objections: one tap files one, the bill is disputed from then on, and a person decides."""

from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, NotFoundError
from parking.domain.money import Money
from parking.events.arrears import AppealDecided, AppealFiled
from parking.privacy.vault import SealedPlate
from parking.sessions import service as sessions
from parking.sessions.correction import reassign
from parking.sessions.tables import SessionRow
from pricing.settlement import repository, service, waivers
from pricing.settlement.correction_tables import AppealRow
from pricing.settlement.model import Payment, Refund, RefundWish
from pricing.settlement.tables import BillRow

AppealReason = Literal["wrong_plate", "not_there", "wrong_time", "wrong_fee", "right_ignored", "other"]
Outcome = Literal["upheld", "rejected"]
APPEALS_LISTED: Final = 500


class AppealUnknownError(NotFoundError):
    """There is no such appeal."""

    code = "appeal_unknown"


async def file(
    session: AsyncSession, session_id: str, *, reason: AppealReason, words: str | None, by: str, at: datetime
) -> AppealRow:
    """Object to a stay; while an objection waits, another one is the same. Raises NotFoundError `session_unknown`."""
    await sessions.for_update(session, session_id)
    values = {
        "appeal_id": service.new_id(),
        "session_id": session_id,
        "reason": reason,
        "words": words,
        "filed_by": by,
        "filed_at": at,
    }
    made: AppealRow | None = await session.scalar(
        insert(AppealRow).values(values).on_conflict_do_nothing().returning(AppealRow)
    )
    if made is None:
        waiting = (AppealRow.session_id == session_id, AppealRow.outcome.is_(None))
        return (await session.scalars(select(AppealRow).where(*waiting))).one()
    fact = AppealFiled(appeal_id=made.appeal_id, session_id=session_id, reason=reason, filed_at=at)
    await outbox.write(session, fact, source=service.SOURCE, at=at)
    return made


async def find(session: AsyncSession, appeal_id: str, *, lock: bool = False) -> AppealRow:
    """Raises `AppealUnknownError`."""
    row = await session.get(AppealRow, appeal_id, with_for_update=lock)
    if row is None:
        raise AppealUnknownError(f"there is no appeal {appeal_id[:64]!r}")
    return row


async def listed(
    session: AsyncSession, *, zone_ids: list[str] | None, payee: str | None, undecided: bool
) -> list[AppealRow]:
    """Oldest first: who waits longest is heard first."""
    rows = select(AppealRow)
    if zone_ids is not None:
        rows = rows.join(SessionRow, SessionRow.session_id == AppealRow.session_id)
        rows = rows.where(SessionRow.zone_id.in_(zone_ids))
    if payee is not None:
        rows = rows.join(BillRow, BillRow.session_id == AppealRow.session_id).where(BillRow.payee == payee)
    if undecided:
        rows = rows.where(AppealRow.outcome.is_(None))
    return list(await session.scalars(rows.order_by(AppealRow.filed_at).limit(APPEALS_LISTED)))


async def decide(
    session: AsyncSession,
    row: AppealRow,
    *,
    outcome: Outcome,
    why: str,
    by: str,
    at: datetime,
    right_plate: SealedPlate | None = None,
) -> list[Refund]:
    """A person's word. With the right plate the stay goes to it and who had paid gets the money back, all at once.

    Raises ConflictError `appeal_decided`, `plate_not_upheld`, `red_invoice_missing`.
    """
    if row.outcome is not None:
        raise ConflictError("this appeal is decided", code="appeal_decided")
    if right_plate is not None and outcome != "upheld":
        raise ConflictError("a rejected appeal changes no plate", code="plate_not_upheld")
    given = []
    if right_plate is not None:
        given = await give_to(session, row.session_id, right_plate, why=why, by=by, at=at)
    row.outcome, row.why, row.decided_by, row.decided_at = outcome, why, by, at
    await session.flush()
    fact = AppealDecided(appeal_id=row.appeal_id, session_id=row.session_id, outcome=outcome, decided_at=at)
    await outbox.write(session, fact, source=service.SOURCE, at=at)
    return given


async def give_to(
    session: AsyncSession, session_id: str, plate: SealedPlate, *, why: str, by: str, at: datetime
) -> list[Refund]:
    """Give a stay to the right vehicle, and whoever paid for it the money back, by a person's decision.

    Raises NotFoundError `session_unknown`, ConflictError `red_invoice_missing`.
    """
    stay = await sessions.for_update(session, session_id)
    had_plate = stay.plate_token
    await reassign(session, session_id, plate=plate, now=at, by=by)
    if had_plate in {None, plate.token} or stay.state == "open":
        return []
    await service.settle(session, session_id, at=at)
    payments = await repository.payments_of(session, session_id)
    given = [refund for payment in payments if (refund := await _given_back(session, payment, why, by, at))]
    bill = await service.open_bill(session, session_id)
    if bill.refunded > 0:
        await waivers.reopen(session, bill, bill.refunded, by=by, at=at)
    return given


async def _given_back(session: AsyncSession, payment: Payment, why: str, by: str, at: datetime) -> Refund | None:
    left = payment.amount.amount - await repository.given_back(session, payment.payment_id)
    if left == 0:
        return None
    wish = RefundWish(
        payment_id=payment.payment_id,
        amount=Money(left, payment.amount.currency),
        reason=why,
        refunded_at=at,
        given_by=by,
    )
    return await service.refund(session, wish)
