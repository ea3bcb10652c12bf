"""Posting to a server that is slow, refuses for a while, or is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from devices.transport.http import HttpPoster
from devices.transport.ports import Answer
from parking.domain.errors import UnavailableError


class Server:
    """Answers with the statuses it is given, then with 202, and keeps what it was sent."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self._busy = asyncio.Lock()
        self.requests: list[tuple[str, bytes]] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._busy:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if b"content-length" in line.lower())
            self.requests.append((head.decode(), await reader.readexactly(length)))
            status = self.statuses.pop(0) if self.statuses else 202
            writer.write(f"HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok".encode())
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            # The last connection closes before its server does.
            async with asyncio.timeout(10), self._busy:
                pass


async def test_body_and_key_arrive_when_posted() -> None:
    server = Server()
    async with server.running() as url, HttpPoster(url, key="secret") as poster:
        assert await poster.post("/v1/readings", b"{}", subject="d1") == Answer(202, b"ok")
    ((head, body),) = server.requests
    assert head.startswith("POST /v1/readings HTTP/1.1")
    assert "Authorization: Bearer secret" in head
    assert body == b"{}"


async def test_body_is_sent_again_when_the_server_asks_to_come_later() -> None:
    server = Server(503, 503)
    async with server.running() as url, HttpPoster(url, key=None) as poster:
        assert (await poster.post("/", b"1", subject="d1")).status == 202
    assert [body for _, body in server.requests] == [b"1", b"1", b"1"]


async def test_refusal_is_returned_when_coming_again_would_not_help() -> None:
    server = Server(400)
    async with server.running() as url, HttpPoster(url, key=None) as poster:
        assert (await poster.post("/", b"1", subject="d1")).status == 400


async def test_order_is_kept_for_a_subject_when_the_first_body_has_to_wait() -> None:
    server = Server(503)
    async with server.running() as url, HttpPoster(url, key=None) as poster:
        await asyncio.gather(*(poster.post("/", str(n).encode(), subject="d1") for n in range(4)))
    assert [body for _, body in server.requests] == [b"0", b"0", b"1", b"2", b"3"]


async def test_sender_gives_up_when_nobody_is_there() -> None:
    async with HttpPoster("http://127.0.0.1:1", key=None, patience_s=0.3) as poster:
        with pytest.raises(UnavailableError):
            await poster.post("/", b"", subject="d1")
