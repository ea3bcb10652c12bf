"""Asks the platform over HTTP as a machine, a page or an attendant's telephone does, and asks again until it answers.

A write carries an Idempotency-Key that stays the same over all attempts, so that an answer lost on the way costs nobody
twice.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

import httpx

from devices.transport.http import LATER, REQUEST_TIMEOUT_S, WAITS_S
from parking.domain.errors import ParkingError, UnavailableError

PATIENCE_S: Final = 30.0
"""After that a driver goes away."""
Json = dict[str, Any]


class RefusedError(ParkingError):
    """The platform has understood and says no; `code` is the problem's own."""


@dataclass
class Counter:
    """An async context around one client; cookies stay with it, so one login has one counter."""

    base_url: str
    key: str | None = None
    login: tuple[str, str] | None = None
    """Name and password, for a counter that logs in, and again when its login has run out."""
    csrf: str | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        headers = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        self._client = httpx.AsyncClient(
            base_url=self.base_url, headers=headers, timeout=REQUEST_TIMEOUT_S, trust_env=False
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def get(self, path: str) -> Json:
        return await self._ask("GET", path, None, {})

    async def post(self, path: str, body: Json, *, key: str | None = None) -> Json:
        """Raises `RefusedError`, and `UnavailableError` (`server_unavailable`) when no answer comes."""
        return await self._ask("POST", path, body, {} if key is None else {"Idempotency-Key": key})

    async def log_in(self) -> None:
        if self.login is None:
            raise RefusedError("this counter has no login", code="login_required")
        name, password = self.login
        answer = await self._patiently("POST", "/v1/logins", {"name": name, "password": password}, {})
        self.csrf = _read("/v1/logins", answer)["csrf"]

    async def _ask(self, method: str, path: str, body: Json | None, headers: dict[str, str]) -> Json:
        answer = await self._patiently(method, path, body, headers)
        if answer.status_code == HTTPStatus.UNAUTHORIZED and self.login is not None:
            await self.log_in()
            answer = await self._patiently(method, path, body, headers)
        return _read(path, answer)

    async def _patiently(self, method: str, path: str, body: Json | None, headers: Mapping[str, str]) -> httpx.Response:
        """Raises `UnavailableError` (`server_unavailable`)."""
        own = dict(headers) if self.csrf is None else {**headers, "X-CSRF-Token": self.csrf}
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._until_answered(method, path, body, own)
        except TimeoutError as error:
            raise UnavailableError(f"no answer from {path}", code="server_unavailable") from error

    async def _until_answered(
        self, method: str, path: str, body: Json | None, headers: Mapping[str, str]
    ) -> httpx.Response:
        attempt = 0
        while True:
            try:
                answer = await self._client.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code not in LATER:
                return answer
            await asyncio.sleep(WAITS_S[min(attempt, len(WAITS_S) - 1)])
            attempt += 1


def _read(path: str, answer: httpx.Response) -> Json:
    try:
        document: Json = answer.json()
    except ValueError as error:
        raise UnavailableError(f"{path} answered {answer.status_code}", code="server_unavailable") from error
    if answer.is_success:
        return document
    raise RefusedError(str(document.get("detail", "")), code=str(document.get("code", answer.status_code)))
