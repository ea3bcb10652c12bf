"""What the legal payee needs for an invoice, and the order of things: the red invoice comes before the refund."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError, NotFoundError
from pricing.quotes.service import issued_fee
from pricing.settlement import repository
from pricing.settlement.correction_tables import InvoiceRow
from pricing.settlement.model import Bill, Payment
from pricing.settlement.tables import BillRow, PaymentRow

InvoiceState = Literal["requested", "issued", "withdrawn", "reversed"]
INVOICES_LISTED = 500


class InvoiceUnknownError(NotFoundError):
    """There is no such invoice."""

    code = "invoice_unknown"


async def request(
    session: AsyncSession,
    payment: Payment,
    bill: Bill,
    *,
    payee: str,
    buyer_name: str,
    buyer_tax_number: str | None,
    invoice_id: str,
    at: datetime,
) -> InvoiceRow:
    """Ask for the invoice of what a payment has paid; asking again gives the one that stands.

    The tax is the fee's where the payment paid all of it, None otherwise. Raises ConflictError `nothing_to_invoice`
    for a payment that was given back or paid nothing.
    """
    standing = await standing_of(session, payment.payment_id)
    if standing is not None:
        return standing
    if payment.applied == 0 or await repository.given_back(session, payment.payment_id) > 0:
        raise ConflictError("this payment was given back or paid nothing", code="nothing_to_invoice")
    fee = await issued_fee(session, payment.session_id)
    tax = None if fee is None or fee.tax is None or fee.amount.amount != payment.applied else fee.tax.amount
    row = InvoiceRow(
        invoice_id=invoice_id,
        payment_id=payment.payment_id,
        district_id=bill.district_id,
        payee=payee,
        amount=payment.applied,
        tax=tax,
        currency=bill.currency,
        buyer_name=buyer_name,
        buyer_tax_number=buyer_tax_number,
        state="requested",
        requested_at=at,
        changed_at=at,
    )
    session.add(row)
    await session.flush()
    return row


async def standing_of(session: AsyncSession, payment_id: str) -> InvoiceRow | None:
    """The invoice of a payment that is asked for or issued, and neither withdrawn nor reversed."""
    wanted = (InvoiceRow.payment_id == payment_id, InvoiceRow.state.in_(("requested", "issued")))
    row: InvoiceRow | None = await session.scalar(select(InvoiceRow).where(*wanted))
    return row


async def find(session: AsyncSession, invoice_id: str, *, lock: bool = False) -> InvoiceRow:
    """Raises `InvoiceUnknownError`."""
    row = await session.get(InvoiceRow, invoice_id, with_for_update=lock)
    if row is None:
        raise InvoiceUnknownError(f"there is no invoice {invoice_id[:64]!r}")
    return row


async def issued(session: AsyncSession, row: InvoiceRow, *, number: str, at: datetime) -> None:
    """The payee has issued it. Raises ConflictError `invoice_state`."""
    _check_state(row, "requested")
    row.state, row.number, row.changed_at = "issued", number, at
    await session.flush()


async def withdrawn(session: AsyncSession, row: InvoiceRow, *, at: datetime) -> None:
    """Nobody has issued it and nobody will. Raises ConflictError `invoice_state`."""
    _check_state(row, "requested")
    row.state, row.changed_at = "withdrawn", at
    await session.flush()


async def reversed_by(session: AsyncSession, row: InvoiceRow, *, red_number: str, at: datetime) -> None:
    """The payee has issued the red invoice. Raises ConflictError `invoice_state`."""
    _check_state(row, "issued")
    row.state, row.red_number, row.changed_at = "reversed", red_number, at
    await session.flush()


async def listed(
    session: AsyncSession, *, district_id: str | None, payee: str | None, state: InvoiceState | None
) -> list[InvoiceRow]:
    """Newest first; of one district, of one payee's bills, or with None of all."""
    rows = select(InvoiceRow)
    if payee is not None:
        rows = rows.join(PaymentRow, PaymentRow.payment_id == InvoiceRow.payment_id)
        rows = rows.join(BillRow, BillRow.session_id == PaymentRow.session_id).where(BillRow.payee == payee)
    if district_id is not None:
        rows = rows.where(InvoiceRow.district_id == district_id)
    if state is not None:
        rows = rows.where(InvoiceRow.state == state)
    return list(await session.scalars(rows.order_by(InvoiceRow.requested_at.desc()).limit(INVOICES_LISTED)))


async def check_refundable(session: AsyncSession, payment_id: str) -> None:
    """Raise ConflictError `red_invoice_missing` while the payment's invoice stands."""
    if await standing_of(session, payment_id) is not None:
        raise ConflictError("the payment is invoiced; the red invoice comes first", code="red_invoice_missing")


def state_of(row: InvoiceRow) -> InvoiceState:
    states: dict[str, InvoiceState] = {state: state for state in get_args(InvoiceState)}
    return states[row.state]


def _check_state(row: InvoiceRow, wanted: InvoiceState) -> None:
    if row.state != wanted:
        raise ConflictError(f"the invoice is {row.state}, not {wanted}", code="invoice_state")
