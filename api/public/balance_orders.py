"""A balance topped up, and its rest given back, by a payment provider: for whoever holds its token."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.auth.accounts.model import TooManyTriesError
from api.auth.accounts.service import count_try
from api.deps import clock_of, json_only, provided
from api.errors import problem_answers
from api.public.bill_documents import amount_json
from api.public.bill_schemas import Amount, PlacedOrder
from api.public.space_payments import placed_order
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.money import Money
from pricing.providers.model import Channel, ProviderUnknownError
from pricing.providers.service import ProviderDesk
from pricing.settlement import balances
from pricing.settlement.balances import FORM_OF_TOKENS
from pricing.settlement.model import ProviderMethod

ORDERS_AN_HOUR: Final = 20
HOLDER: Final = "holder"
"""Who has a balance given back is written down as no more than this."""

router = APIRouter(tags=["citizens"])
DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Desk = Annotated[ProviderDesk, Depends(provided(ProviderDesk))]
Token = Annotated[str, Field(pattern=FORM_OF_TOKENS)]


class BalanceOrder(BaseModel):
    """Have a provider collect for a balance."""

    model_config = ConfigDict(extra="forbid")

    balance: Token
    amount: Amount
    provider: ProviderMethod
    channel: Channel
    code: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{1,128}$",
        description="With which WeChat has sent the browser back, for jsapi",
    )


class BalanceReturn(BaseModel):
    """Give back what providers have collected for a balance and is left of it."""

    model_config = ConfigDict(extra="forbid")

    balance: Token


class Returning(BaseModel):
    """What is on its way back to who paid it; it has left the balance, and comes back into it where a provider refuses."""

    amount: Amount
    left: Amount


@router.post(
    "/v1/balances/orders",
    status_code=201,
    summary="Have a provider top up a balance",
    responses=problem_answers(400, 404, 409, 415, 429, 503),
    dependencies=[Depends(json_only)],
)
async def order(
    wish: BalanceOrder, request: Request, database: DatabaseDep, desk: Desk, clock: ClockDep
) -> PlacedOrder:
    """The money goes to the account that is for everyone; a provider without one is `payee_without_agreement`."""
    address = None if request.client is None else request.client.host
    async with database.transaction() as session:
        is_allowed = await count_try(
            session,
            scope="top_up",
            subject=address or "",
            limit=ORDERS_AN_HOUR,
            within=timedelta(hours=1),
            now=clock(),
        )
    if not is_allowed:
        raise TooManyTriesError("too many orders from here; try again in an hour")
    payer = None if wish.code is None else await desk.payer(wish.provider, "", wish.code)
    placed = await desk.top_up(
        wish.provider,
        balances.balance_of(wish.balance),
        Money(wish.amount.amount, wish.amount.currency),
        channel=wish.channel,
        payer=payer,
        address=address,
    )
    return placed_order(placed, None)


@router.get(
    "/v1/balances/orders/{order_id}", summary="What has become of a balance's order", responses=problem_answers(404)
)
async def read_order(order_id: str, response: Response, desk: Desk) -> PlacedOrder:
    """For whoever holds the id, which nobody can guess."""
    response.headers["Cache-Control"] = "no-store"
    found = await desk.looked_at(order_id)
    if found.balance_id is None:
        raise ProviderUnknownError("this order is of a stay", code="order_unknown")
    return placed_order(found, None)


@router.post(
    "/v1/balances/returns",
    status_code=201,
    summary="Give the rest of a balance back through its providers",
    responses=problem_answers(400, 409, 415, 503),
    dependencies=[Depends(json_only)],
)
async def give_back(wish: BalanceReturn, database: DatabaseDep, desk: Desk) -> Returning:
    """By the way it came, the newest top-up first; asked again, there is nothing left to give."""
    balance_id = balances.balance_of(wish.balance)
    given = await desk.give_back(balance_id, given_by=HOLDER)
    async with database.transaction() as session:
        left = Money(await balances.held(session, balance_id))
    return Returning(amount=amount_json(given), left=amount_json(left))
