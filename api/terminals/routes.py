"""The paths of payment machines and apps. A write with an `Idempotency-Key` may be sent again and is done once."""

from functools import partial
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Header, Path, Query, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.attempts import in_transaction
from api.auth.accounts.model import Caller
from api.auth.model import ForbiddenError
from api.deps import json_only, provided, require_role
from api.errors import PROBLEM_MEDIA_TYPE
from api.terminals import documents
from api.terminals.batches import settle_batch
from api.terminals.desk import TerminalDesk
from api.terminals.schemas import (
    Batch,
    BatchReport,
    CloseAnswer,
    DayClose,
    PaymentAnswer,
    PaymentOrder,
    ProviderNotice,
    Receipt,
    RefundAnswer,
    RefundOrder,
    Session,
    SessionList,
    SessionStart,
    SessionStop,
    StartedSession,
)
from parking.db.idempotency import Answer, checked_key
from parking.db.unit_of_work import Database
from pricing.settlement import service
from pricing.settlement.notices import ProviderNotices

router = APIRouter(tags=["terminals"])
Base = Annotated[Database, Depends(provided(Database))]
Desk = Annotated[TerminalDesk, Depends(provided(TerminalDesk))]
Terminal = Annotated[Caller, Depends(require_role("terminal"))]
Refunder = Annotated[Caller, Depends(require_role("terminal", "operator"))]
TerminalId = Annotated[str, Path(description="The name of the terminal's key")]
_Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="1 to 128 printable ASCII characters, new for every new request"),
]

_PROBLEMS: Final[dict[int, str]] = {
    400: "The body cannot be accepted as it is",
    401: "No key, a wrong one or a revoked one",
    403: "The key does not allow this",
    404: "What the body or path names does not exist",
    409: "The request contradicts what is there, or its key came before with another body",
    413: "The body is too large",
    415: "The body is not JSON",
    503: "The ledger does not answer; send the same request with the same key again after Retry-After",
}


def _answers(model: type[BaseModel], *, status: int = 200, read: bool = False) -> dict[int | str, dict[str, Any]]:
    schema = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    skipped = {409, 413, 415} if read else set()
    problems: dict[int | str, dict[str, Any]] = {
        problem: {"description": text, "content": schema}
        for problem, text in _PROBLEMS.items()
        if problem not in skipped
    }
    return {status: {"description": model.__doc__, "model": model}} | problems


async def idempotency_key(given: _Key = None) -> str:
    """The request's key; refused as `idempotency_key_invalid` when there is none."""
    return checked_key(given)


Key = Annotated[str, Depends(idempotency_key)]


def said(answer: Answer) -> Response:
    """A kept answer, which says when it is given again."""
    headers = {"Idempotent-Replayed": "true"} if answer.is_repeated else {}
    return Response(answer.body, answer.status, headers, "application/json")


def _json(document: object) -> Response:
    return Response(msgspec.json.encode(document), 200, media_type="application/json")


@router.post(
    "/v1/sessions",
    status_code=201,
    summary="Start a stay, or claim the one that stands there",
    responses=_answers(StartedSession, status=201),
    dependencies=[Depends(json_only)],
)
async def start(caller: Terminal, key: Key, base: Base, desk: Desk, order: SessionStart) -> Response:
    return said(await in_transaction(base, partial(desk.start, caller=caller, key=key, order=order)))


@router.post(
    "/v1/sessions/{session_id}/stop",
    summary="End a stay and learn its fee",
    responses=_answers(Session),
    dependencies=[Depends(json_only)],
)
async def stop(caller: Terminal, base: Base, desk: Desk, session_id: str, order: SessionStop) -> Response:
    """Ending a stay that has ended answers what is there, so no key is needed."""
    ended_at = order.ended_at
    return _json(
        await in_transaction(base, partial(desk.stop, caller=caller, session_id=session_id, ended_at=ended_at))
    )


@router.get("/v1/sessions", summary="Stays, newest first", responses=_answers(SessionList, read=True))
async def sessions(
    caller: Terminal,
    base: Base,
    desk: Desk,
    space: Annotated[str | None, Query(description="Only stays on this space")] = None,
    plate: Annotated[str | None, Query(description="Only stays of this plate")] = None,
    state: Annotated[Literal["open", "ended"] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Response:
    work = partial(desk.listed, caller=caller, space_id=space, plate=plate, state=state, after=cursor, limit=limit)
    shown, following = await in_transaction(base, work)
    return _json({"sessions": shown, "next": following})


@router.post(
    "/v1/payments",
    status_code=201,
    summary="Pay what a stay owes",
    responses=_answers(PaymentAnswer, status=201),
    dependencies=[Depends(json_only)],
)
async def pay(caller: Terminal, key: Key, base: Base, desk: Desk, order: PaymentOrder) -> Response:
    """Cash goes into the drawer of the key's terminal. An amount above what is owed is refused."""
    return said(await in_transaction(base, partial(desk.pay, caller=caller, key=key, order=order)))


@router.post(
    "/v1/refunds",
    status_code=201,
    summary="Give back a part of a payment",
    responses=_answers(RefundAnswer, status=201),
    dependencies=[Depends(json_only)],
)
async def refund(caller: Refunder, key: Key, base: Base, desk: Desk, order: RefundOrder) -> Response:
    """Of operators only by the staff of the city or of a district."""
    if caller.role == "operator":
        caller.check_authority()
    return said(await in_transaction(base, partial(desk.refund, caller=caller, key=key, order=order)))


@router.get("/v1/receipts/{receipt_id}", summary="Proof of a payment", responses=_answers(Receipt, read=True))
async def receipt(base: Base, receipt_id: str) -> Response:
    """Open to whoever holds the id, which nobody can guess; it tells no place, no time of parking and no plate."""

    async def read(session: AsyncSession) -> documents.Document:
        payment, bill, given_back = await service.receipt(session, receipt_id)
        return documents.receipt_document(payment, bill, given_back, await service.payee_name(session, bill))

    return _json(await in_transaction(base, read))


@router.post(
    "/v1/terminals/{terminal_id}/batches",
    summary="What a terminal did offline",
    responses=_answers(BatchReport),
    dependencies=[Depends(json_only)],
)
async def batches(caller: Terminal, base: Base, desk: Desk, terminal_id: TerminalId, batch: Batch) -> Response:
    """Items are taken in their order; the id of each is its key, also for the same request sent online."""
    _check_terminal(caller, terminal_id)
    return _json(await settle_batch(base, desk, caller, batch.items))


@router.post(
    "/v1/terminals/{terminal_id}/close",
    status_code=201,
    summary="Close a terminal's day",
    responses=_answers(CloseAnswer, status=201),
    dependencies=[Depends(json_only)],
)
async def close(caller: Terminal, key: Key, base: Base, desk: Desk, terminal_id: TerminalId, day: DayClose) -> Response:
    """What came in since the last close, by method, beside the cash that was counted."""
    _check_terminal(caller, terminal_id)
    work = partial(desk.close, caller=caller, key=key, terminal_id=terminal_id, day=day)
    return said(await in_transaction(base, work))


@router.post(
    "/v1/providers/test/notices",
    summary="The test provider has collected an order",
    responses=_answers(PaymentAnswer),
    dependencies=[Depends(json_only)],
)
async def notice(
    request: Request,
    base: Base,
    notices: Annotated[ProviderNotices, Depends(provided(ProviderNotices))],
    told: ProviderNotice,
    signature: Annotated[str | None, Header(description="HMAC-SHA256 of the body with the provider's key")] = None,
) -> Response:
    """The provider's reference makes it once: the same notice again gives the same answer."""
    notices.check(await request.body(), signature)
    work = partial(
        service.provider_paid,
        order_id=told.order,
        reference=told.reference,
        amount=told.amount.money(),
        paid_at=told.paid_at,
    )
    payment = await in_transaction(base, work)
    bill = await in_transaction(base, partial(service.bill_of, session_id=payment.session_id))
    return _json(documents.payment_document(payment, bill))


def _check_terminal(caller: Caller, terminal_id: str) -> None:
    if caller.name != terminal_id:
        raise ForbiddenError(f"this key belongs to the terminal {caller.name!r}", code="terminal_other")
