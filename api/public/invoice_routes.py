"""Asking for the invoice of a payment: the data that its legal payee needs; the tax platform is the payee's own."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import clock_of, provided
from api.errors import problem_answers
from api.public.bill_schemas import Amount
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from pricing.settlement import invoices, service
from pricing.settlement.correction_tables import InvoiceRow
from pricing.settlement.invoices import InvoiceState

router = APIRouter(tags=["citizens"])
DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]


class Buyer(BaseModel):
    """Whose name stands on the invoice."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    tax_number: str | None = Field(default=None, pattern="^[0-9A-Z]{15,20}$")


class InvoiceWish(BaseModel):
    """The payment's receipt, whose id nobody can guess, and the buyer."""

    model_config = ConfigDict(extra="forbid")

    receipt: str = Field(max_length=64)
    buyer: Buyer


class Invoice(BaseModel):
    """A request for an invoice, or what was issued for it; `number` is the tax authority's."""

    id: str
    receipt: str
    state: InvoiceState
    payee: str
    amount: Amount
    tax: Amount | None = Field(description="Within the amount; null where no rule of tax is known")
    buyer: Buyer
    number: str | None
    red_number: str | None
    requested_at: datetime


@router.post("/v1/invoices", status_code=201, summary="Ask for an invoice", responses=problem_answers(400, 404, 409))
async def request(wish: InvoiceWish, database: DatabaseDep, clock: ClockDep) -> Invoice:
    """A payment has one invoice at a time; asking again answers the one that stands."""
    async with database.transaction() as session:
        payment, _, _ = await service.receipt(session, wish.receipt)
        bill = await service.open_bill(session, payment.session_id)
        row = await invoices.request(
            session,
            payment,
            bill,
            payee=await service.payee_name(session, bill),
            buyer_name=wish.buyer.name,
            buyer_tax_number=wish.buyer.tax_number,
            invoice_id=service.new_id(),
            at=clock(),
        )
        return await _invoice(session, row)


@router.get("/v1/invoices/{invoice_id}", summary="What became of an invoice", responses=problem_answers(404))
async def read(invoice_id: str, database: DatabaseDep) -> Invoice:
    """Open to whoever holds the id, which nobody can guess."""
    async with database.transaction() as session:
        return await _invoice(session, await invoices.find(session, invoice_id))


async def _invoice(session: AsyncSession, row: InvoiceRow) -> Invoice:
    return Invoice(
        id=row.invoice_id,
        receipt=await service.receipt_of_payment(session, row.payment_id),
        state=invoices.state_of(row),
        payee=row.payee,
        amount=Amount(amount=row.amount, currency=row.currency),
        tax=None if row.tax is None else Amount(amount=row.tax, currency=row.currency),
        buyer=Buyer(name=row.buyer_name, tax_number=row.buyer_tax_number),
        number=row.number,
        red_number=row.red_number,
        requested_at=row.requested_at,
    )
