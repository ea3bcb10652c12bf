"""Offline batches: each item in a transaction of its own, so that good ones stay when others are refused."""

from functools import partial
from typing import Annotated, Any

import msgspec
from pydantic import Field, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from api.attempts import in_transaction
from api.auth.accounts.model import Caller
from api.item_batch import RawItem, take_items
from api.terminals.desk import TerminalDesk
from api.terminals.schemas import PaymentItem, PaymentOrder, SessionItem
from parking.db.idempotency import Answer, first_answer
from parking.db.unit_of_work import Database
from parking.domain.errors import NotFoundError

Item = Annotated[SessionItem | PaymentItem, Field(discriminator="kind")]
_ITEM: TypeAdapter[SessionItem | PaymentItem] = TypeAdapter(Item)


async def settle_batch(
    database: Database, desk: TerminalDesk, caller: Caller, items: list[dict[str, Any]]
) -> dict[str, Any]:
    """Take the items in their order; the answer is shaped as `schemas.BatchReport`. Raises as `take_items` does."""

    async def take(raw: RawItem) -> tuple[str, Answer]:
        item = _ITEM.validate_python(raw)
        return item.id, await in_transaction(database, partial(_take, desk=desk, caller=caller, item=item))

    return await take_items(items, take)


async def _take(session: AsyncSession, desk: TerminalDesk, caller: Caller, item: SessionItem | PaymentItem) -> Answer:
    if isinstance(item, SessionItem):
        return await desk.record(session, caller, item)
    order = PaymentOrder(
        session=item.session or await _recorded_stay(session, caller, item.session_item or ""),
        amount=item.amount,
        method=item.method,
        paid_at=item.at,
    )
    return await desk.pay(session, caller, item.id, order, is_collected=True)


async def _recorded_stay(session: AsyncSession, caller: Caller, item_id: str) -> str:
    known = await first_answer(session, scope=f"terminals:{caller.actor}", key=item_id)
    document = {} if known is None else msgspec.json.decode(known.body)
    if "space" not in document:
        raise NotFoundError(f"no item {item_id!r} of this terminal has recorded a stay", code="session_item_unknown")
    return str(document["id"])
