"""Paying what is owed at a space, without an account: by a provider that the payee has an agreement with, or by none.

Whoever pays says that the stay is over: its fee is fixed at that moment, so that what was shown is what is collected.
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.deps import clock_of, json_only, provided
from api.errors import problem_answers
from api.public.bill_documents import SpaceBills, amount_json, bill_lines, check_place
from api.public.bill_schemas import Paid, PlacedOrder, SpaceNames, SpaceOrder, SpacePayment
from api.public.bills import DRIVER, names_of
from api.public.code_picture import code_picture
from api.public.proofs import StayProofs
from parking.db.idempotency import Answer, checked_key, once
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import ConflictError
from parking.domain.money import Money
from parking.sessions import service as sessions
from pricing.providers.model import Order, ProviderUnknownError
from pricing.providers.service import ProviderDesk
from pricing.quotes.service import issued_fee
from pricing.settlement import service as settlement
from pricing.settlement.model import Bill, Payment

router = APIRouter(tags=["citizens"])
DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Bills = Annotated[SpaceBills, Depends(provided(SpaceBills))]
Proofs = Annotated[StayProofs, Depends(provided(StayProofs))]
Desk = Annotated[ProviderDesk, Depends(provided(ProviderDesk))]
Names = Annotated[SpaceNames, Depends(names_of)]


@router.post(
    "/v1/spaces/{space}/payments",  # noqa: FAST003 - `names_of` takes the space
    status_code=201,
    summary="Pay what is owed at a space, without money",
    response_model=Paid,
    responses=problem_answers(400, 404, 409),
)
async def pay(
    names: Names,
    wish: SpacePayment,
    database: DatabaseDep,
    clock: ClockDep,
    bills: Bills,
    proofs: Proofs,
    key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Response:
    """Ends the stay, fixes its fee and collects it through the test provider of a demonstration, all at once or not at all."""
    now = clock()
    if not bills.has_test_provider:
        raise ProviderUnknownError("nobody collects here without money; see the bill's `ways`")
    checked = checked_key(key)
    async with database.transaction() as session:

        async def work() -> Answer:
            bill = await _owed(session, names, wish, now)
            order = await settlement.order_payment(session, wish.session)
            payment = await settlement.provider_paid(
                session,
                order_id=order.order_id,
                reference=order.order_id,
                amount=Money(bill.left, bill.currency),
                paid_at=now,
            )
            return Answer(201, (await _paid(session, proofs, bill, payment)).model_dump_json().encode())

        answer = await once(session, scope="space_payments", key=checked, body=[names.id, wish.model_dump()], work=work)
    return Response(answer.body, answer.status, media_type="application/json")


@router.post(
    "/v1/spaces/{space}/orders",  # noqa: FAST003 - as above
    status_code=201,
    summary="Have a provider collect what is owed at a space",
    responses=problem_answers(400, 404, 409, 415, 503),
    dependencies=[Depends(json_only)],
)
async def order(
    names: Names,
    wish: SpaceOrder,
    request: Request,
    database: DatabaseDep,
    desk: Desk,
    clock: ClockDep,
    proofs: Proofs,
) -> PlacedOrder:
    """Ends the stay and fixes its fee. The same stay and channel again is the same order while it lives."""
    async with database.transaction() as session:
        bill = await _owed(session, names, wish, clock())
    payer = None if wish.code is None else await desk.payer(wish.provider, bill.payee, wish.code)
    address = None if request.client is None else request.client.host
    placed = await desk.order(wish.provider, wish.session, channel=wish.channel, payer=payer, address=address)
    return await _document(placed, database, proofs)


@router.get(
    "/v1/spaces/{space}/orders/{order_id}",  # noqa: FAST003 - as above
    summary="What has become of an order",
    responses=problem_answers(404),
)
async def read_order(
    names: Names, order_id: str, response: Response, database: DatabaseDep, desk: Desk, proofs: Proofs
) -> PlacedOrder:
    """For whoever holds the id, which nobody can guess. The provider is asked when its own word does not come."""
    response.headers["Cache-Control"] = "no-store"
    found = await desk.looked_at(order_id)
    async with database.transaction() as session:
        check_place(names, await sessions.get(session, found.session_id or ""))
    return await _document(found, database, proofs)


async def _owed(session: AsyncSession, names: SpaceNames, wish: SpacePayment | SpaceOrder, now: datetime) -> Bill:
    """The bill of the stay, which ends now unless it has ended.

    Raises NotFoundError (`session_unknown`) and ConflictError (`bill_already_paid`, `amount_changed`).
    """
    stay = await sessions.get(session, wish.session)
    check_place(names, stay)
    await sessions.stop(session, wish.session, ended_at=now, source="app", now=now, by=DRIVER)
    bill = await settlement.settle(session, wish.session, at=now)
    owed = Money(bill.left, bill.currency)
    if bill.left == 0 or owed != Money(wish.amount.amount, wish.amount.currency):
        code = "bill_already_paid" if bill.left == 0 else "amount_changed"
        raise ConflictError(f"{owed} is owed", code=code, fields={"owed": amount_json(owed).model_dump()})
    return bill


async def _paid(session: AsyncSession, proofs: StayProofs, bill: Bill, payment: Payment) -> Paid:
    stay = await sessions.get(session, payment.session_id)
    fee = await issued_fee(session, payment.session_id)
    return Paid(
        receipt=payment.receipt_id,
        payee=await settlement.payee_name(session, bill),
        amount=amount_json(payment.amount),
        paid_at=payment.paid_at.astimezone(UTC),
        proof=proofs.give(payment.session_id),
        lines=None if stay.is_attributed or fee is None else bill_lines(fee.lines),
    )


async def _document(order: Order, database: Database, proofs: StayProofs) -> PlacedOrder:
    paid = None
    if order.state == "paid" and order.reference is not None and order.session_id is not None:
        async with database.transaction() as session:
            payment = await settlement.payment_of(session, order.provider, order.reference)
            bill = await settlement.bill_of(session, order.session_id)
            paid = await _paid(session, proofs, bill, payment)
    return placed_order(order, paid)


def placed_order(order: Order, paid: Paid | None) -> PlacedOrder:
    checkout = dict(order.checkout or {})
    to_scan = checkout.get("code_url") or checkout.get("qr_code")
    return PlacedOrder(
        id=order.order_id,
        provider=order.provider,
        channel=order.channel,
        amount=amount_json(order.amount),
        state=order.state,
        expires_at=order.expires_at.astimezone(UTC),
        checkout=checkout or None,
        picture=None if to_scan is None else code_picture(to_scan),
        paid=paid,
    )
