"""A small HTTP/1.1 client for load: requests are bytes made beforehand, so that the generator costs little.

A general client spends more of the shared processor on one request than the server does on answering it.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import urlsplit

ANSWER_TIMEOUT_S: Final = 30.0
LINE_LIMIT: Final = 1 << 22


class Answer(NamedTuple):
    """Status code and body."""

    status: int
    body: bytes


def request_bytes(
    url: str,
    *,
    method: str = "GET",
    key: str | None = None,
    body: bytes = b"",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Render one request to be sent again and again over a kept-alive connection."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {path} HTTP/1.1", f"Host: {parts.netloc}"]
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One kept-alive connection; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, request: bytes) -> Answer:
        """Raises OSError or EOFError when the server goes away, TimeoutError when it does not answer."""
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            self._writer.write(request)
            await self._writer.drain()
            status, length = _head(await self._reader.readuntil(b"\r\n\r\n"))
            return Answer(status, await self._reader.readexactly(length))

    async def lines(self, request: bytes) -> AsyncIterator[bytes]:
        """Send a request whose answer never ends and yield its lines, the head's left out."""
        self._writer.write(request)
        await self._reader.readuntil(b"\r\n\r\n")
        while line := await self._reader.readline():
            yield line.rstrip()


def _head(head: bytes) -> tuple[int, int]:
    length = 0
    first, *rest = head.split(b"\r\n")
    for line in rest:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return int(first.split(b" ", 2)[1]), length


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Connection]:
    """Open a connection to the server of `url`."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=LINE_LIMIT)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
