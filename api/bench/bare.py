"""`python -m api.bench.bare PORT FILE`: answers every request with the file's bytes, and does nothing else.

The raw limit of an answer: the same server as the product's, in front of a function that has no work to do.
"""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Bare:
    """An ASGI application of one body."""

    def __init__(self, body: bytes) -> None:
        self._start = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        }
        self._body = {"type": "http.response.body", "body": body}

    async def __call__(self, scope: MutableMapping[str, Any], receive: object, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        if scope["type"] == "http":
            await send(self._start)
            await send(self._body)


if __name__ == "__main__":
    uvicorn.run(
        Bare(Path(sys.argv[2]).read_bytes()),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        server_header=False,
        access_log=False,
        log_level="warning",
    )
