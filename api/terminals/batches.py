"""Offline batches: each item in a transaction of its own, so that good ones stay when others are refused."""

from functools import partial
from typing import Annotated, Any

import msgspec
from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import Caller
from api.terminals.attempts import in_transaction
from api.terminals.desk import TerminalDesk
from api.terminals.schemas import PaymentItem, PaymentOrder, SessionItem
from parking.db.idempotency import Answer, first_answer
from parking.db.unit_of_work import Database
from parking.domain.errors import NotFoundError, ParkingError, UnavailableError

Item = Annotated[SessionItem | PaymentItem, Field(discriminator="kind")]
_ITEM: TypeAdapter[SessionItem | PaymentItem] = TypeAdapter(Item)


async def settle_batch(
    database: Database, desk: TerminalDesk, caller: Caller, items: list[dict[str, Any]]
) -> dict[str, Any]:
    """Take the items in their order; the answer is shaped as `schemas.BatchReport`.

    Raises `UnavailableError` when the database goes away: what was taken before is kept, and the whole batch may be sent
    again.
    """
    results: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    for index, raw in enumerate(items):
        try:
            item = _ITEM.validate_python(raw)
            answer = await in_transaction(database, partial(_take, desk=desk, caller=caller, item=item))
        except ValidationError as error:
            rejected.append(_bad(index, raw, "item_invalid", _told(error)))
        except UnavailableError:
            raise
        except ParkingError as error:
            rejected.append(_bad(index, raw, error.code, error.detail))
        else:
            done = {"index": index, "id": item.id, "duplicate": answer.is_repeated}
            results.append(done | {"answer": msgspec.json.decode(answer.body)})
    duplicate = sum(result["duplicate"] for result in results)
    return {
        "accepted": len(results) - duplicate,
        "duplicate": duplicate,
        "rejected": rejected,
        "results": results,
    }


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


def _bad(index: int, raw: dict[str, Any], code: str, detail: str) -> dict[str, Any]:
    item_id = raw.get("id")
    return {"index": index, "id": item_id if isinstance(item_id, str) else None, "code": code, "detail": detail}


def _told(error: ValidationError) -> str:
    """Where and what, never the value: it may be a plate."""
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False))
