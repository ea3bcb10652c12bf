"""The address at which a worker tells its figures: one question, one answer, and the line is closed."""

import asyncio
import logging
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest

from api.metrics import CONTENT_TYPE

PATH: Final = "/metrics"
WITHIN_S: Final = 10.0
LONGEST_HEAD: Final = 16 * 1024

_log = logging.getLogger(__name__)


class MetricsListener:
    """HTTP as far as Prometheus speaks it; anything else is answered with 404 or 400. `port` 0 is chosen by the system."""

    def __init__(self, registry: CollectorRegistry, host: str, port: int) -> None:
        self._registry = registry
        self._host = host
        self._port = port
        self.listens_at: int | None = None
        """The port, once it listens."""

    async def run(self) -> None:
        """Until cancelled. A port that is taken costs the figures and nothing else; the next attempt may find it free."""
        server = await asyncio.start_server(self._serve, self._host, self._port, limit=LONGEST_HEAD)
        async with server:
            self.listens_at = server.sockets[0].getsockname()[1]
            _log.info("figures are at http://%s:%d%s", self._host, self.listens_at, PATH)
            await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(WITHIN_S):
                status, body = await self._answer(reader)
                head = f"HTTP/1.1 {status}\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\n"
                writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
                await writer.drain()
        except (OSError, TimeoutError):
            _log.debug("a question for figures was not finished")
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[str, bytes]:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return "400 Bad Request", b"not HTTP\n"
        method, _, rest = head.partition(b" ")
        target = rest.partition(b" ")[0].partition(b"?")[0].decode("latin-1")
        if (method, target) != (b"GET", PATH):
            return "404 Not Found", f"GET {PATH} is all there is\n".encode()
        return "200 OK", generate_latest(self._registry)
