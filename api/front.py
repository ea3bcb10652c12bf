"""Quotes and payments without the framework's turns: the same functions as behind their routes, called at once.

It takes a request whose body is right; every other one goes on to the route, which refuses it in the one place where
refusals of bodies are made. Who calls and what is done is decided by what the route uses as well.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import FastAPI
from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from api.auth.accounts.model import check_role
from api.auth.directory import KeyDirectory
from api.container import Container
from api.deps import current_caller
from api.edge import BODY_LIMIT, ROUTE
from api.errors import refusal_of
from api.public.price_schemas import QuoteRequest
from api.public.proofs import StayProofs
from api.public.quotes import QuoteDesk, asker, make_quote
from api.terminals import routes as terminal_routes
from api.terminals.desk import TerminalDesk
from api.terminals.schemas import PaymentOrder
from parking.db.idempotency import checked_key
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.privacy.vault import PlateVault

QUOTES: Final = "/v1/quotes"
PAYMENTS: Final = "/v1/payments"
Answering = Callable[[Request, BaseModel], Awaitable[Response]]


class MoneyFront:
    """Answers what it can and passes everything else on."""

    def __init__(self, api: FastAPI, container: Container, clock: Clock) -> None:
        self._api = api
        self._container = container
        self._clock = clock
        self._answering: Mapping[str, tuple[type[BaseModel], Answering]] = {
            QUOTES: (QuoteRequest, self._quote),
            PAYMENTS: (PaymentOrder, self._pay),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = self._answering.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if known is None or not _is_plain(Headers(scope=scope)):
            await self._api(scope, receive, send)
            return
        model, answering = known
        body = await Request(scope, receive).body()
        try:
            order = model.model_validate(json.loads(body))
        except (ValueError, ValidationError):
            await self._api(scope, _again(body, receive), send)
            return
        scope[ROUTE] = scope["path"]
        # Where the framework puts itself, and what is common to all requests is found.
        scope["app"] = self._api
        request = Request(scope, _again(body, receive))
        try:
            answer = await answering(request, order)
        except Exception as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            answer = refusal
        await answer(scope, receive, send)

    async def _quote(self, request: Request, order: BaseModel) -> Response:
        if not isinstance(order, QuoteRequest):
            raise TypeError(type(order))
        get = self._container.get
        database = get(Database)
        return await make_quote(
            order,
            database,
            get(QuoteDesk),
            get(PlateVault),
            get(StayProofs),
            self._clock,
            await asker(request, get(KeyDirectory), database, self._clock),
            request.headers.get("x-stay-proof"),
        )

    async def _pay(self, request: Request, order: BaseModel) -> Response:
        if not isinstance(order, PaymentOrder):
            raise TypeError(type(order))
        get = self._container.get
        database = get(Database)
        caller = await current_caller(request, get(KeyDirectory), database, self._clock, None)
        check_role(caller, ("terminal",))
        key = checked_key(request.headers.get("idempotency-key"))
        return await terminal_routes.pay(caller, key, database, get(TerminalDesk), order)


def _is_plain(headers: Headers) -> bool:
    """JSON of a length that is given and allowed."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    length = headers.get("content-length", "")
    is_short = length.isdecimal() and int(length) <= BODY_LIMIT
    return media_type == "application/json" and "content-encoding" not in headers and is_short


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once more for who comes next, then what the connection says."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received
