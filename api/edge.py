"""What every request passes first: an id, a limit on its body, permission for other origins to read, and a last resort.

Plain ASGI, because it must hold for streams and for bodies without a length as well.
"""

import logging
import re
import time
import uuid
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import internal_problem, problem
from api.metrics import HttpMetrics

log = logging.getLogger(__name__)

BODY_LIMIT: Final = 1024 * 1024
CAMERA_BODY_LIMIT: Final = 8 * 1024 * 1024
"""One message of a camera carries several pictures of some megapixels; its sender is known before it is read."""
CAMERA_PATHS: Final = ("/v1/cameras/", "/VIID/")
HUNG_UP: Final = 499
"""Counted for a client that left before it had sent its request; no such status is ever sent."""
PUBLIC_PATHS: Final = (
    "/v1/zones",
    "/v1/segments",
    "/v1/facilities",
    "/v1/districts",
    "/v1/availability",
    "/v1/stream",
    "/openapi.json",
    "/asyncapi.json",
)
"""What any web page may read: nothing here depends on who asks."""
ROUTE: Final = "parking.route"
"""Where a door in front of the framework writes which route it answered for."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class BodyTooLargeError(HTTPException):
    """A framework exception, because FastAPI turns any other one that is raised while it reads a body into a 400."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, _too_large(limit))


class Edge:
    """The outermost layer around the application."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _Exchange(scope, receive, send, self._metrics).run(self._app)
        else:
            await self._app(scope, receive, send)


class _Exchange:
    """One request on its way in and its answer on its way out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, metrics: HttpMetrics) -> None:
        self._scope, self._receive, self._send, self._metrics = scope, receive, send, metrics
        headers = Headers(scope=scope)
        self._request_id = request_id(headers.get("x-request-id"))
        self._length = headers.get("content-length", "")
        self._is_preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        self._limit = CAMERA_BODY_LIMIT if scope["path"].startswith(CAMERA_PATHS) else BODY_LIMIT
        self._is_public = scope["path"].startswith(PUBLIC_PATHS)
        self._received = 0
        self._status: int | None = None

    async def run(self, app: ASGIApp) -> None:
        started = time.perf_counter()
        try:
            await self._answer(app)
        except ClientDisconnect:
            # Nobody is there to answer, and nothing is wrong here.
            log.info("request %s: the client hung up", self._request_id)
            self._status = HUNG_UP
        except Exception:
            log.exception("request %s failed", self._request_id)
            if self._status is not None:
                # Half an answer is out; closing the connection is the only way left to say that it is not whole.
                raise
            await internal_problem(self._request_id)(self._scope, self._receive, self.send)
        finally:
            self._count(time.perf_counter() - started)

    async def _answer(self, app: ASGIApp) -> None:
        if self._is_preflight and self._is_public:
            await self.send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await self.send({"type": "http.response.body", "body": b""})
        elif self._length.isdecimal() and int(self._length) > self._limit:
            await problem(413, "body_too_large", _too_large(self._limit))(self._scope, self._receive, self.send)
        else:
            await app(self._scope, self.receive, self.send)

    async def receive(self) -> Message:
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > self._limit:
            raise BodyTooLargeError(self._limit)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._request_id
            if self._is_public:
                headers["Access-Control-Allow-Origin"] = "*"
        await self._send(message)

    def _count(self, seconds: float) -> None:
        template = route_template(self._scope)
        self._metrics.requests.labels(self._scope["method"], template, str(self._status or 0)).inc()
        self._metrics.seconds.labels(template).observe(seconds)


_PREFLIGHT: Final = [
    (b"access-control-allow-methods", b"GET"),
    (b"access-control-allow-headers", b"accept, last-event-id, x-request-id"),
    (b"access-control-max-age", b"86400"),
]


def request_id(given: str | None) -> str:
    """The caller's id when it can stand in a log, else a new one."""
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    return uuid.uuid4().hex


def route_template(scope: Scope) -> str:
    """The path as the route was declared; `unknown` for what no route answers."""
    path = scope.get(ROUTE) or getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "unknown"


def _too_large(limit: int) -> str:
    return f"a body has at most {limit} bytes; send several requests"
