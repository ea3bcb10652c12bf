"""`POST /v1/readings` without the framework, inside the edge: the same door, fewer turns.

It takes requests that will pass the door and whose length is given; all others go to the route of the same path,
which refuses them in the one place where refusals are made.
"""

from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from api.edge import BODY_LIMIT, ROUTE
from api.errors import problem_of
from api.ingest.door import IngestDoor
from parking.domain.errors import ParkingError

PATH: Final = "/v1/readings"


class ReadingsFront:
    """Answers readings and passes everything else on."""

    def __init__(self, app: ASGIApp, door: IngestDoor) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        try:
            key = self._door.admit(headers)
        except ParkingError:
            key = None
        if key is None or not length.isdecimal() or int(length) > BODY_LIMIT:
            await self._app(scope, receive, send)
            return
        scope[ROUTE] = PATH
        try:
            answer = await self._door.readings(key, await _body(receive))
        except ClientDisconnect:
            return
        except ParkingError as error:
            await problem_of(error)(scope, receive, send)
            return
        headers_out = [(b"content-length", str(len(answer)).encode()), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 202, "headers": headers_out})
        await send({"type": "http.response.body", "body": answer})


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
