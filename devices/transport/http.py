"""Posts to the platform's HTTP process and comes again while it is away."""

import asyncio
from types import TracebackType
from typing import Final, Self
from weakref import WeakValueDictionary

import httpx

from devices.transport.ports import Answer
from parking.domain.errors import UnavailableError

REQUEST_TIMEOUT_S: Final = 10.0
WAITS_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Between attempts; the last one repeats."""
PATIENCE_S: Final = 120.0
LATER: Final = frozenset({429, 502, 503, 504})
"""Answers that ask to come again."""


class HttpPoster:
    """An async context around one pool of connections; `key` goes into every request as the bearer."""

    def __init__(
        self,
        base_url: str,
        *,
        key: str | None,
        media_type: str = "application/json",
        patience_s: float = PATIENCE_S,
        connections: int = 50,
    ) -> None:
        self._patience_s = patience_s
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        headers = {"Content-Type": media_type}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._client = httpx.AsyncClient(
            base_url=base_url, headers=headers, timeout=REQUEST_TIMEOUT_S, limits=limits, trust_env=False
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def post(self, path: str, body: bytes, *, subject: str) -> Answer:
        """Send until it is answered; bodies of one `subject` go one after the other, in the order of the calls.

        Raises UnavailableError `server_unavailable` after `patience_s`; the last body may have arrived then.
        """
        turn = self._turns.setdefault(subject, asyncio.Lock())
        async with turn:
            try:
                async with asyncio.timeout(self._patience_s):
                    return await self._until_answered(path, body)
            except TimeoutError as error:
                raise UnavailableError(f"no answer from {path}", code="server_unavailable") from error

    async def _until_answered(self, path: str, body: bytes) -> Answer:
        attempt = 0
        while True:
            try:
                response = await self._client.post(path, content=body)
            except httpx.TransportError:
                response = None
            if response is not None and response.status_code not in LATER:
                return Answer(response.status_code, response.content)
            await asyncio.sleep(WAITS_S[min(attempt, len(WAITS_S) - 1)])
            attempt += 1
