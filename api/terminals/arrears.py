"""Paying off what a plate owes at any terminal of the city, wherever the car stood."""

from functools import partial
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.attempts import in_transaction
from api.auth.accounts.model import Caller
from api.deps import json_only, provided, require_role
from api.errors import problem_answers
from api.terminals.routes import Key
from api.terminals.schemas import Amount
from parking.db.idempotency import Answer, once
from parking.db.unit_of_work import Database
from parking.privacy.vault import PlateVault
from pricing.arrears import service
from pricing.arrears.service import PayOff
from pricing.settlement.model import TakenMethod

router = APIRouter(tags=["terminals"])


class PayOffOrder(BaseModel):
    """Money for the bills of a plate, oldest first; a part of what is owed is welcome."""

    model_config = ConfigDict(extra="forbid")

    plate: str = Field(min_length=1, max_length=32, examples=["鲁C12345"])
    amount: Amount
    method: TakenMethod
    paid_at: AwareDatetime


class PaidOff(BaseModel):
    """A receipt for each bill that got a part of the money, and what the plate still owes."""

    receipts: list[str]
    left: Amount


@router.post(
    "/v1/arrears/payments",
    status_code=201,
    summary="Pay off what a plate owes",
    response_model=PaidOff,
    responses=problem_answers(400, 401, 403, 409, 413, 415, 503),
    dependencies=[Depends(json_only)],
)
async def pay_off(
    order: PayOffOrder,
    caller: Annotated[Caller, Depends(require_role("terminal"))],
    key: Key,
    database: Annotated[Database, Depends(provided(Database))],
    plates: Annotated[PlateVault, Depends(provided(PlateVault))],
) -> Response:
    """A debt of another district is taken too. An amount above what is owed is refused without saying how much it is."""
    work = partial(_pay_off, caller=caller, key=key, order=order, tokens=plates.tokens_of(order.plate))
    answer = await in_transaction(database, work)
    headers = {"Idempotent-Replayed": "true"} if answer.is_repeated else {}
    return Response(answer.body, answer.status, headers, "application/json")


async def _pay_off(
    session: AsyncSession, caller: Caller, key: str, order: PayOffOrder, tokens: tuple[str, ...]
) -> Answer:
    async def work() -> Answer:
        wish = PayOff(
            amount=order.amount.money(),
            method=order.method,
            paid_at=order.paid_at,
            taken_by=caller.actor,
            drawer_id=caller.name,
        )
        payments, left = await service.pay_off(session, tokens, wish)
        receipts = [payment.receipt_id for payment in payments]
        left_json = {"amount": left, "currency": order.amount.currency}
        return Answer(201, msgspec.json.encode({"receipts": receipts, "left": left_json}))

    # The newest key's token stands for the plate, which is never kept in a hash that could be tried out.
    body = {"what": "PayOffOrder"} | order.model_dump(mode="json") | {"plate": tokens[-1]}
    return await once(session, scope=f"terminals:{caller.actor}", key=key, body=body, work=work)
