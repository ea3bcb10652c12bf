"""All SQL of bills, payments and refunds; the journal has a file of its own."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.prepared import Prepared
from parking.domain.money import Money
from parking.places.tables import ConcessionRow, ConcessionZoneRow, DistrictRow, ZoneRow
from pricing.settlement.correction_tables import AppealRow, BillAdjustmentRow
from pricing.settlement.model import METHODS, Bill, IssuedFee, Method, Payment, PaymentOrder, Refund
from pricing.settlement.tables import BillRow, JournalEntryRow, PaymentOrderRow, PaymentRow, RefundRow

_NEW_BILLS: Final = Prepared(
    """
    INSERT INTO bill (session_id, zone_id, district_id, payee, amount, currency, is_attributed, issued_at)
    SELECT fee.session_id, fee.zone_id, zone.district_id,
        coalesce(
            (SELECT operator_id FROM concession JOIN concession_zone USING (concession_id)
             WHERE concession_zone.zone_id = fee.zone_id AND valid_from <= fee.issued_at
                AND (valid_to IS NULL OR valid_to > fee.issued_at)
             ORDER BY concession_id LIMIT 1),
            zone.district_id),
        fee.amount, fee.currency, fee.is_attributed, fee.issued_at
    FROM unnest((SELECT $1::text[]), $2::text[], $3::bigint[], $4::text[], $5::bool[], $6::timestamptz[])
        AS fee (session_id, zone_id, amount, currency, is_attributed, issued_at)
    JOIN zone ON zone.zone_id = fee.zone_id
    ORDER BY fee.session_id
    ON CONFLICT DO NOTHING
    RETURNING session_id, district_id, payee, EXISTS (SELECT FROM prepaid WHERE prepaid.session_id = bill.session_id)
    """
)
"""For any number of fees planned once, as the places in `pricing.quotes.repository` are."""
_ISSUED: Final = Prepared(
    """
    SELECT session_id, fee.zone_id, amount, currency, is_attributed OR plate_token IS NOT NULL, issued_at
    FROM fee JOIN session USING (session_id) WHERE session_id = ANY($1::text[]) ORDER BY session_id
    """
)
_SETTLED: Final = Prepared(
    """
    SELECT bill.session_id FROM unnest($1::text[], $2::bool[]) AS fee (session_id, is_attributed)
    JOIN bill ON bill.session_id = fee.session_id
    WHERE NOT bill.is_attributed AND NOT fee.is_attributed
        OR bill.is_attributed AND (bill.amount = 0 OR EXISTS (
            SELECT FROM journal_entry WHERE kind = 'fee_issued' AND reference = bill.session_id))
    """
)
_METHOD: dict[str, Method] = {method: method for method in METHODS}


async def issued_fee(session: AsyncSession, session_id: str) -> IssuedFee | None:
    """The fee of a stay, attributed when the stay has a plate by now."""
    found = await issued_fees(session, [session_id])
    return found[0] if found else None


async def issued_fees(session: AsyncSession, session_ids: Collection[str]) -> list[IssuedFee]:
    """As `issued_fee`, of those of these stays that have one, in the order of their ids."""
    rows = await _ISSUED.rows(session, list(session_ids))
    return [
        IssuedFee(
            session_id=session_id,
            zone_id=zone_id,
            amount=Money(amount, currency),
            is_attributed=is_attributed,
            issued_at=issued_at,
        )
        for session_id, zone_id, amount, currency, is_attributed, issued_at in rows
    ]


async def payee_name(session: AsyncSession, bill: Bill) -> str:
    """Whose account the money reaches, as the concession words it; without one in force the district's name."""
    account = (
        _in_force(select(ConcessionRow.payee), bill.zone_id, bill.issued_at)
        .where(ConcessionRow.operator_id == bill.payee)
        .scalar_subquery()
    )
    district = select(DistrictRow.name).where(DistrictRow.district_id == bill.district_id).scalar_subquery()
    found = await session.execute(select(func.coalesce(account, district, bill.payee)))
    return str(found.scalar_one())


async def payee_of_zone(session: AsyncSession, zone_id: str, at: datetime) -> str:
    """Whose revenue a bill of this zone would be that is issued now."""
    operator = _in_force(select(ConcessionRow.operator_id), zone_id, at).scalar_subquery()
    payee = select(func.coalesce(operator, ZoneRow.district_id)).where(ZoneRow.zone_id == zone_id)
    return str(await session.scalar(payee))


def _in_force(concession: Select[tuple[str]], zone_id: str, at: datetime) -> Select[tuple[str]]:
    """Of the concession over a zone at an instant."""
    return (
        concession.join(ConcessionZoneRow, ConcessionZoneRow.concession_id == ConcessionRow.concession_id)
        .where(
            ConcessionZoneRow.zone_id == zone_id,
            ConcessionRow.valid_from <= at,
            (ConcessionRow.valid_to.is_(None)) | (ConcessionRow.valid_to > at),
        )
        .order_by(ConcessionRow.concession_id)
        .limit(1)
    )


async def insert_bills(session: AsyncSession, fees: Sequence[IssuedFee]) -> dict[str, Bill]:
    """The bills that this made, and so holds, by their stays; district and payee are those at the time of issue."""
    values = [
        (fee.session_id, fee.zone_id, fee.amount.amount, fee.amount.currency, fee.is_attributed, fee.issued_at)
        for fee in fees
    ]
    columns = [list(column) for column in zip(*values, strict=True)]
    rows = await _NEW_BILLS.rows(session, *columns) if fees else ()
    made = {session_id: told for session_id, *told in rows}
    return {fee.session_id: _new_bill(fee, *made[fee.session_id]) for fee in fees if fee.session_id in made}


def _new_bill(fee: IssuedFee, district_id: str, payee: str, is_prepaid: bool) -> Bill:  # noqa: FBT001 - as the statement answers
    return Bill(
        session_id=fee.session_id,
        zone_id=fee.zone_id,
        district_id=district_id,
        payee=payee,
        amount=fee.amount.amount,
        currency=fee.amount.currency,
        is_attributed=fee.is_attributed,
        issued_at=fee.issued_at,
        is_prepaid=is_prepaid,
    )


async def settled(session: AsyncSession, fees: Collection[IssuedFee]) -> set[str]:
    """The stays whose bill is there and says all that the fee does, in the books as well: nothing of that is ever taken back."""
    found = await _SETTLED.rows(session, [fee.session_id for fee in fees], [fee.is_attributed for fee in fees])
    return {session_id for (session_id,) in found}


async def lock_bill(session: AsyncSession, session_id: str) -> bool:
    """Hold the bill until the transaction ends; whether there is one."""
    statement = select(BillRow.session_id).where(BillRow.session_id == session_id).with_for_update()
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def load_bill(session: AsyncSession, session_id: str) -> Bill | None:
    """The bill and its sums as this transaction sees them now."""
    row = (await session.execute(_BILL.where(BillRow.session_id == session_id))).one_or_none()
    return None if row is None else _bill(row)


async def attribute(session: AsyncSession, session_id: str) -> None:
    await session.execute(update(BillRow).where(BillRow.session_id == session_id).values(is_attributed=True))


async def payment_by_id(session: AsyncSession, payment_id: str) -> Payment | None:
    return _payment(await session.get(PaymentRow, payment_id))


async def payment_by_receipt(session: AsyncSession, receipt_id: str) -> Payment | None:
    return _payment(await session.scalar(select(PaymentRow).where(PaymentRow.receipt_id == receipt_id)))


async def payment_by_reference(session: AsyncSession, method: Method, reference: str) -> Payment | None:
    here = (PaymentRow.method == method, PaymentRow.provider_reference == reference)
    return _payment(await session.scalar(select(PaymentRow).where(*here)))


async def payments_of(session: AsyncSession, session_id: str) -> list[Payment]:
    """Of one bill, oldest first."""
    rows = select(PaymentRow).where(PaymentRow.session_id == session_id).order_by(PaymentRow.payment_id)
    return [_known(row) for row in await session.scalars(rows)]


async def given_back(session: AsyncSession, payment_id: str) -> int:
    """The sum of the payment's refunds, in minor units."""
    statement = select(func.coalesce(func.sum(RefundRow.amount), 0)).where(RefundRow.payment_id == payment_id)
    return int((await session.execute(statement)).scalar_one())


async def insert_refund(session: AsyncSession, refund: Refund) -> None:
    session.add(
        RefundRow(
            refund_id=refund.refund_id,
            payment_id=refund.payment_id,
            amount=refund.amount.amount,
            from_suspense=refund.from_suspense,
            drawer_id=refund.drawer_id,
            reason=refund.reason,
            given_by=refund.given_by,
            refunded_at=refund.refunded_at,
        )
    )
    await session.flush()


async def order_of(session: AsyncSession, wish: PaymentOrder) -> PaymentOrder:
    """The order for this stay, provider and amount: an earlier one, else `wish`, which is then kept."""
    values = {
        "order_id": wish.order_id,
        "session_id": wish.session_id,
        "provider": wish.provider,
        "amount": wish.amount.amount,
        "currency": wish.amount.currency,
    }
    await session.execute(insert(PaymentOrderRow).values(values).on_conflict_do_nothing())
    row = await session.scalar(
        select(PaymentOrderRow).where(
            PaymentOrderRow.session_id == wish.session_id,
            PaymentOrderRow.provider == wish.provider,
            PaymentOrderRow.amount == wish.amount.amount,
        )
    )
    if row is None:
        raise LookupError(f"the order {wish.order_id} was not kept")
    return _order(row)


async def order_by_id(session: AsyncSession, order_id: str) -> PaymentOrder | None:
    row = await session.get(PaymentOrderRow, order_id)
    return None if row is None else _order(row)


def _order(row: PaymentOrderRow) -> PaymentOrder:
    return PaymentOrder(
        order_id=row.order_id,
        session_id=row.session_id,
        provider=row.provider,
        amount=Money(row.amount, row.currency),
    )


def _payment(row: PaymentRow | None) -> Payment | None:
    return None if row is None else _known(row)


def _known(row: PaymentRow) -> Payment:
    return Payment(
        payment_id=row.payment_id,
        receipt_id=row.receipt_id,
        session_id=row.session_id,
        amount=Money(row.amount, row.currency),
        applied=row.applied,
        method=_METHOD[row.method],
        drawer_id=row.drawer_id,
        provider_reference=row.provider_reference,
        account=row.account,
        taken_by=row.taken_by,
        paid_at=row.paid_at,
    )


def _bill(row: Row[Any]) -> Bill:
    bill: BillRow = row.BillRow
    from_suspense = int(row.from_suspense)
    return Bill(
        session_id=bill.session_id,
        zone_id=bill.zone_id,
        district_id=bill.district_id,
        payee=bill.payee,
        amount=bill.amount,
        currency=bill.currency,
        is_attributed=bill.is_attributed,
        issued_at=bill.issued_at,
        is_booked=row.is_booked,
        applied=int(row.applied) - int(row.reopened),
        in_suspense=int(row.paid) - int(row.applied) - from_suspense,
        refunded=int(row.refunded) - from_suspense - int(row.reopened),
        released=int(row.released),
        is_disputed=row.is_disputed,
    )


def _sum_of_payments(column: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's own types of expressions
    return (
        select(func.coalesce(func.sum(column), 0)).where(PaymentRow.session_id == BillRow.session_id).scalar_subquery()
    )


def _sum_of_refunds(column: Any) -> Any:  # noqa: ANN401 - as above
    return (
        select(func.coalesce(func.sum(column), 0))
        .join(PaymentRow, PaymentRow.payment_id == RefundRow.payment_id)
        .where(PaymentRow.session_id == BillRow.session_id)
        .scalar_subquery()
    )


def _sum_of_adjustments(*kinds: str) -> Any:  # noqa: ANN401 - as above
    return (
        select(func.coalesce(func.sum(BillAdjustmentRow.amount), 0))
        .where(BillAdjustmentRow.session_id == BillRow.session_id, BillAdjustmentRow.kind.in_(kinds))
        .scalar_subquery()
    )


_BILL = select(
    BillRow,
    exists()
    .where(JournalEntryRow.kind == "fee_issued", JournalEntryRow.reference == BillRow.session_id)
    .label("is_booked"),
    _sum_of_payments(PaymentRow.amount).label("paid"),
    _sum_of_payments(PaymentRow.applied).label("applied"),
    _sum_of_refunds(RefundRow.amount).label("refunded"),
    _sum_of_refunds(RefundRow.from_suspense).label("from_suspense"),
    _sum_of_adjustments("waived", "written_off").label("released"),
    _sum_of_adjustments("reopened").label("reopened"),
    exists().where(AppealRow.session_id == BillRow.session_id, AppealRow.outcome.is_(None)).label("is_disputed"),
).execution_options(populate_existing=True)
