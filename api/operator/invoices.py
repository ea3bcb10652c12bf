"""What the legal payee writes down of its invoices; the red one must be here before a refund is possible."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.operator.money_access import scope_of
from api.operator.recovery_access import REFUSALS, Amount, ClockDep, DatabaseDep, Preparer, Reader, check_payee
from pricing.settlement import invoices, service
from pricing.settlement.correction_tables import InvoiceRow
from pricing.settlement.invoices import InvoiceState

router = APIRouter(tags=["operators"])


class KeptInvoice(BaseModel):
    """The data of one invoice."""

    id: str
    payment: str
    payee: str
    amount: Amount
    tax: Amount | None
    buyer_name: str
    buyer_tax_number: str | None
    state: InvoiceState
    number: str | None
    red_number: str | None
    requested_at: datetime


class InvoiceList(BaseModel):
    """Newest first, 500 at most."""

    invoices: list[KeptInvoice]


class InvoiceNumber(BaseModel):
    """As the tax authority's platform gave it."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(pattern="^[0-9A-Za-z-]{1,40}$")


@router.get("/v1/operator/invoices", summary="Requests for invoices, newest first", responses=REFUSALS)
async def listed(
    caller: Reader, database: DatabaseDep, state: Annotated[InvoiceState | None, Query()] = None
) -> InvoiceList:
    async with database.transaction() as session:
        rows = await invoices.listed(
            session, district_id=caller.district_id, payee=scope_of(caller).operator_id, state=state
        )
        return InvoiceList(invoices=[_shown(row) for row in rows])


@router.post("/v1/operator/invoices/{invoice_id}/issued", summary="An invoice was issued", responses=REFUSALS)
async def issued(
    invoice_id: str, told: InvoiceNumber, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> KeptInvoice:
    now = clock()
    async with database.transaction() as session:
        row = await _held(session, caller, invoice_id)
        await invoices.issued(session, row, number=told.number, at=now)
        await audit.record(session, caller, "invoice.issued", invoice_id, at=now, district_id=row.district_id)
        return _shown(row)


@router.post("/v1/operator/invoices/{invoice_id}/withdrawn", summary="Nobody will issue it", responses=REFUSALS)
async def withdrawn(invoice_id: str, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> KeptInvoice:
    now = clock()
    async with database.transaction() as session:
        row = await _held(session, caller, invoice_id)
        await invoices.withdrawn(session, row, at=now)
        await audit.record(session, caller, "invoice.withdrawn", invoice_id, at=now, district_id=row.district_id)
        return _shown(row)


@router.post("/v1/operator/invoices/{invoice_id}/reversed", summary="The red invoice was issued", responses=REFUSALS)
async def reversed_(
    invoice_id: str, told: InvoiceNumber, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> KeptInvoice:
    """`number` is the red invoice's own."""
    now = clock()
    async with database.transaction() as session:
        row = await _held(session, caller, invoice_id)
        await invoices.reversed_by(session, row, red_number=told.number, at=now)
        await audit.record(session, caller, "invoice.reversed", invoice_id, at=now, district_id=row.district_id)
        return _shown(row)


async def _held(session: AsyncSession, caller: Caller, invoice_id: str) -> InvoiceRow:
    row = await invoices.find(session, invoice_id, lock=True)
    caller.check_district(row.district_id)
    await check_payee(session, caller, await service.stay_of_payment(session, row.payment_id))
    return row


def _shown(row: InvoiceRow) -> KeptInvoice:
    return KeptInvoice(
        id=row.invoice_id,
        payment=row.payment_id,
        payee=row.payee,
        amount=Amount(amount=row.amount, currency=row.currency),
        tax=None if row.tax is None else Amount(amount=row.tax, currency=row.currency),
        buyer_name=row.buyer_name,
        buyer_tax_number=row.buyer_tax_number,
        state=invoices.state_of(row),
        number=row.number,
        red_number=row.red_number,
        requested_at=row.requested_at,
    )
