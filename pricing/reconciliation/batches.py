"""The daily settlement of a concession: each payment and refund in one batch, no day left out, nothing changed later.

A movement that arrives after its day was settled (an offline terminal, a late notice) falls into the next batch.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import CTE, ScalarSelect, func, insert, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from parking.places.tables import ConcessionRow, ConcessionZoneRow
from pricing.reconciliation import terms as contracts
from pricing.reconciliation.model import (
    Batch,
    Before,
    OnlineTime,
    ReconciliationRefusedError,
    Takings,
    Terms,
    TermsUnknownError,
    batch_of,
    is_last_of_month,
)
from pricing.reconciliation.online import online_time
from pricing.reconciliation.tables import SettledMovementRow, SettlementBatchRow
from pricing.settlement.tables import BillRow, PaymentRow, RefundRow


async def settle_until(session: AsyncSession, concession_id: str, last: date, *, by: str, at: datetime) -> list[Batch]:
    """Make every batch that is missing up to and including the day `last`; the first day is that of the first terms.

    Raises `concession_unknown`, `terms_unknown` for a day without terms, and `day_not_over`.
    """
    await contracts.lock_concession(session, concession_id)
    day = await _next_day(session, concession_id)
    made = []
    while day <= last:
        terms = await contracts.terms_on(session, concession_id, day)
        if terms.start_of(day + timedelta(days=1)) > at:
            raise ReconciliationRefusedError(f"{day} is not over yet", code="day_not_over")
        made.append(await _settle_day(session, terms, day, by=by, at=at))
        day += timedelta(days=1)
    return made


async def batches(session: AsyncSession, concession_id: str, first: date, after: date) -> list[Batch]:
    """Those of the days `[first, after)`, in order."""
    here = (
        SettlementBatchRow.concession_id == concession_id,
        SettlementBatchRow.day >= first,
        SettlementBatchRow.day < after,
    )
    rows = await session.scalars(select(SettlementBatchRow).where(*here).order_by(SettlementBatchRow.day))
    return [_batch(row) for row in rows]


async def _next_day(session: AsyncSession, concession_id: str) -> date:
    here = SettlementBatchRow.concession_id == concession_id
    last = await session.scalar(select(func.max(SettlementBatchRow.day)).where(here))
    if last is not None:
        return last + timedelta(days=1)
    known = await contracts.terms_of(session, concession_id)
    if not known:
        raise TermsUnknownError(f"the concession {concession_id!r} has no terms")
    return known[0].valid_from


async def _settle_day(session: AsyncSession, terms: Terms, day: date, *, by: str, at: datetime) -> Batch:
    takings = await _take(session, terms, day)
    before = await _before(session, terms.concession_id, day)
    online = await _month_online(session, terms, day) if is_last_of_month(day) else None
    batch = batch_of(terms, day, takings, before, online)
    session.add(_row(batch, by=by, at=at))
    await session.flush()
    return batch


async def _month_online(session: AsyncSession, terms: Terms, day: date) -> OnlineTime:
    """Of the month, or of that part of it in which the contract holds."""
    first = max(day.replace(day=1), terms.valid_from)
    return await online_time(
        session, terms.concession_id, terms.start_of(first), terms.start_of(day + timedelta(days=1))
    )


async def _before(session: AsyncSession, concession_id: str, day: date) -> Before:
    earlier = await batches(session, concession_id, min(day.replace(day=1), day - timedelta(days=1)), day)
    if not earlier:
        return Before()
    month = [one for one in earlier if (one.day.year, one.day.month) == (day.year, day.month)]
    return Before(
        exact=month[-1].exact if month else 0,
        fee=sum(one.fee for one in month),
        carried=earlier[-1].carried_out,
    )


async def _take(session: AsyncSession, terms: Terms, day: date) -> Takings:
    """Write down every movement up to the end of the day that no batch has, and add them up, in one statement."""
    until = terms.start_of(day + timedelta(days=1))
    ours = (BillRow.payee == terms.operator_id, BillRow.currency == terms.currency)
    about = (BillRow.zone_id, BillRow.issued_at, BillRow.payee)
    payments = (
        select(
            PaymentRow.payment_id.label("movement_id"),
            PaymentRow.applied.label("paid"),
            literal(0).label("back"),
            *about,
        )
        .join(BillRow, BillRow.session_id == PaymentRow.session_id)
        .where(PaymentRow.applied > 0, PaymentRow.paid_at < until, *ours)
    )
    given = RefundRow.amount - RefundRow.from_suspense
    refunds = (
        select(RefundRow.refund_id, literal(0), given, *about)
        .join(PaymentRow, PaymentRow.payment_id == RefundRow.payment_id)
        .join(BillRow, BillRow.session_id == PaymentRow.session_id)
        .where(given > 0, RefundRow.refunded_at < until, *ours)
    )
    moved = union_all(payments, refunds).subquery()
    is_settled = select(SettledMovementRow).where(SettledMovementRow.movement_id == moved.c.movement_id).exists()
    # What is settled already is left out first: to look up a bill's concession costs more than that.
    fresh = select(moved).where(~is_settled).cte("fresh").prefix_with("MATERIALIZED")
    taken = select(fresh).where(_concession_of(fresh) == terms.concession_id).cte("taken")
    names = ["movement_id", "concession_id", "day"]
    values = select(taken.c.movement_id, literal(terms.concession_id), literal(day))
    kept = insert(SettledMovementRow).from_select(names, values).cte("kept")
    sums = select(
        func.count().filter(taken.c.paid > 0),
        func.coalesce(func.sum(taken.c.paid), 0),
        func.count().filter(taken.c.back > 0),
        func.coalesce(func.sum(taken.c.back), 0),
    )
    row = (await session.execute(sums.select_from(taken).add_cte(kept))).one()
    return Takings(payments=int(row[0]), gross=int(row[1]), refunds=int(row[2]), refunded=int(row[3]))


def _concession_of(bill: CTE) -> ScalarSelect[str]:
    """Of several concessions over a bill's zone, the one whose operator the ledger booked it for."""
    in_force = (
        ConcessionRow.valid_from <= bill.c.issued_at,
        (ConcessionRow.valid_to.is_(None)) | (ConcessionRow.valid_to > bill.c.issued_at),
    )
    return (
        select(func.min(ConcessionRow.concession_id))
        .join(ConcessionZoneRow, ConcessionZoneRow.concession_id == ConcessionRow.concession_id)
        .where(ConcessionZoneRow.zone_id == bill.c.zone_id, ConcessionRow.operator_id == bill.c.payee, *in_force)
        .correlate(bill)
        .scalar_subquery()
    )


def _row(batch: Batch, *, by: str, at: datetime) -> SettlementBatchRow:
    online = batch.online
    return SettlementBatchRow(
        concession_id=batch.concession_id,
        day=batch.day,
        currency=batch.currency,
        payments=batch.takings.payments,
        gross=batch.takings.gross,
        refunds=batch.takings.refunds,
        refunded=batch.takings.refunded,
        exact=batch.exact,
        fee=batch.fee,
        deduction=batch.deduction,
        devices=None if online is None else online.devices,
        counted_s=None if online is None else online.counted_s,
        online_s=None if online is None else online.online_s,
        carried_in=batch.carried_in,
        payable=batch.payable,
        carried_out=batch.carried_out,
        made_by=by,
        made_at=at,
    )


def _batch(row: SettlementBatchRow) -> Batch:
    online = None
    if row.devices is not None and row.counted_s is not None and row.online_s is not None:
        online = OnlineTime(devices=row.devices, counted_s=row.counted_s, online_s=row.online_s)
    return Batch(
        concession_id=row.concession_id,
        day=row.day,
        currency=row.currency,
        takings=Takings(payments=row.payments, gross=row.gross, refunds=row.refunds, refunded=row.refunded),
        exact=row.exact,
        fee=row.fee,
        deduction=row.deduction,
        online=online,
        carried_in=row.carried_in,
        payable=row.payable,
        carried_out=row.carried_out,
    )
