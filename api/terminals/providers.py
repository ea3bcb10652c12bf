"""Paying by WeChat Pay or Alipay: orders and refunds for terminals and operators, and the providers' own notices."""

from functools import partial
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.attempts import in_transaction
from api.auth.accounts.model import Caller
from api.deps import json_only, provided, require_role
from api.errors import problem_answers
from api.terminals.provider_schemas import (
    OrderWish,
    ProviderName,
    ProviderOrder,
    ProviderRefund,
    RefundWish,
    order_document,
    refund_document,
)
from api.terminals.routes import idempotency_key
from parking.db.unit_of_work import Database
from parking.places.tables import ZoneRow
from parking.sessions import service as sessions
from pricing.providers.model import ProviderUnknownError
from pricing.providers.service import ProviderDesk
from pricing.settlement import model, service

router = APIRouter(tags=["terminals"])
Base = Annotated[Database, Depends(provided(Database))]
Desk = Annotated[ProviderDesk, Depends(provided(ProviderDesk))]
Key = Annotated[str, Depends(idempotency_key)]
Terminal = Annotated[Caller, Depends(require_role("terminal"))]
Operator = Annotated[Caller, Depends(require_role("operator"))]


@router.post(
    "/v1/providers/{provider}/orders",
    status_code=201,
    summary="Have a provider collect what a stay owes",
    responses=problem_answers(400, 401, 403, 404, 409, 415, 503),
    dependencies=[Depends(json_only)],
)
async def order(caller: Terminal, base: Base, desk: Desk, provider: ProviderName, wish: OrderWish) -> ProviderOrder:
    """The same stay and channel again is the same order while it lives and the amount is still owed."""
    await in_transaction(base, partial(_check_district, caller=caller, session_id=wish.session))
    return order_document(await desk.order(provider, wish.session, channel=wish.channel, payer=wish.payer))


@router.get(
    "/v1/providers/{provider}/orders/{order_id}",
    summary="What has become of an order",
    responses=problem_answers(400, 401, 403, 404, 503),
)
async def order_state(caller: Terminal, base: Base, desk: Desk, provider: ProviderName, order_id: str) -> ProviderOrder:
    found = await desk.order_state(provider, order_id)
    if found.session_id is None:
        raise ProviderUnknownError("this order is of a balance", code="order_unknown")
    await in_transaction(base, partial(_check_district, caller=caller, session_id=found.session_id))
    return order_document(found)


@router.post(
    "/v1/providers/{provider}/refunds",
    status_code=201,
    summary="Have a provider give back a part of a payment",
    responses=problem_answers(400, 401, 403, 404, 409, 415, 503),
    dependencies=[Depends(json_only)],
)
async def refund(
    caller: Operator, key: Key, base: Base, desk: Desk, provider: ProviderName, wish: RefundWish
) -> ProviderRefund:
    """The money is booked as given back when the provider says so; until then the refund is `asked`."""
    caller.check_authority()
    session_id = await in_transaction(base, partial(service.stay_of_payment, payment_id=wish.payment))
    await in_transaction(base, partial(_check_district, caller=caller, session_id=session_id))
    wanted = model.RefundWish(
        payment_id=wish.payment,
        amount=wish.amount.money(),
        reason=wish.reason,
        refunded_at=wish.refunded_at,
        given_by=caller.actor,
    )
    # The key names the refund at the provider as well, so that a retry is one refund there too.
    refund_id = sha256(f"{caller.actor}\n{key}".encode()).hexdigest()[:32]
    return refund_document(await desk.refund(provider, wanted, refund_id=refund_id))


@router.post(
    "/v1/providers/{provider}/notices",
    summary="A provider says what became of an order or a refund",
    responses=problem_answers(400, 403, 404, 503),
    response_class=Response,
)
async def notice(request: Request, desk: Desk, provider: ProviderName) -> Response:
    """In the provider's own form, with its own signature. It may come again, late or in any order."""
    said = await desk.take_notice(provider, request.headers, await request.body())
    return Response(said, 200, media_type="text/plain")


async def _check_district(session: AsyncSession, caller: Caller, session_id: str) -> None:
    stay = await sessions.get(session, session_id)
    district_id = await session.scalar(select(ZoneRow.district_id).where(ZoneRow.zone_id == stay.zone_id))
    caller.check_district(district_id or "")
