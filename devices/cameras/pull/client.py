"""The connection to one camera: digest or basic, whichever it asks for, and why it is not to be had."""

import asyncio
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, suppress
from typing import Final

import httpx

from devices.adapters.multipart import boundary_of
from devices.cameras.pull.parts import Grouper, PartReader, StreamBrokenError

CONNECT_S: Final = 10.0
READ_BACK_S: Final = 20.0
LARGEST_ANSWER: Final = 1024 * 1024
PAUSE_S: Final = 0.5
"""So long a text waits for its pictures."""
_UNAUTHORIZED: Final = frozenset({401, 403})


class CameraAwayError(Exception):
    """A camera cannot be reached or says nothing more; `code` is what its health is told."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class CameraClient:
    """One camera. Making it connects to nothing."""

    def __init__(self, address: str, login: tuple[str, str] | None, *, silence_s: float) -> None:
        self._address = address.rstrip("/")
        self._login = login
        self._silence_s = silence_s

    @asynccontextmanager
    async def stream(self, path: str) -> AsyncIterator[AsyncIterator[tuple[bytes, str]]]:
        """Messages as they come, while the block runs.

        Raises `CameraAwayError`: `camera_unreachable`, `camera_refused_login`, `camera_stalled` after `silence_s` without
        a byte, `camera_stream_ended`.
        """
        async with self._client(self._silence_s) as client:
            with _translated():
                async with client.stream("GET", self._address + path) as response:
                    reader = _reader(response)
                    async with _reading(response) as chunks:
                        yield _messages(chunks, reader)

    async def read_back(self, path: str) -> tuple[bytes, str]:
        """The answer and its type; raises `CameraAwayError`."""
        async with self._client(READ_BACK_S) as client:
            with _translated():
                async with client.stream("GET", self._address + path) as response:
                    _check(response)
                    body = bytearray()
                    async for chunk in response.aiter_bytes():
                        body += chunk
                        if len(body) > LARGEST_ANSWER:
                            raise CameraAwayError("camera_answer_too_large", "the read-back is too large")
                    return bytes(body), response.headers.get("content-type", "")

    def _client(self, silence_s: float) -> httpx.AsyncClient:
        timeout = httpx.Timeout(silence_s, connect=CONNECT_S)
        auth = None if self._login is None else _Either(*self._login)
        return httpx.AsyncClient(auth=auth, timeout=timeout, trust_env=False, follow_redirects=False)


class _Either(httpx.Auth):
    """Answers the challenge that the camera makes; without one it sends no password at all."""

    def __init__(self, username: str, password: str) -> None:
        self._basic = httpx.BasicAuth(username, password)
        self._digest = httpx.DigestAuth(username, password)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return
        if response.headers.get("www-authenticate", "").lower().startswith("basic"):
            yield from self._basic.auth_flow(request)
            return
        flow = self._digest.auth_flow(request)
        next(flow)
        with suppress(StopIteration):
            yield flow.send(response)


def _reader(response: httpx.Response) -> PartReader:
    _check(response)
    boundary = boundary_of(response.headers.get("content-type", ""))
    if boundary is None:
        raise CameraAwayError("camera_stream_broken", "the answer is no stream of parts")
    return PartReader(boundary)


def _check(response: httpx.Response) -> None:
    if response.status_code in _UNAUTHORIZED:
        raise CameraAwayError("camera_refused_login", f"the camera answered {response.status_code}")
    if not response.is_success:
        raise CameraAwayError("camera_unreachable", f"the camera answered {response.status_code}")


@asynccontextmanager
async def _reading(response: httpx.Response) -> AsyncIterator[asyncio.Queue[bytes | BaseException]]:
    """Chunks in a queue, and at last why there are no more: a pause can then be waited for without breaking the connection."""
    chunks: asyncio.Queue[bytes | BaseException] = asyncio.Queue(maxsize=16)

    async def read() -> None:
        try:
            async for chunk in response.aiter_raw():
                await chunks.put(chunk)
            await chunks.put(CameraAwayError("camera_stream_ended", "the camera has ended the stream"))
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            await chunks.put(error)

    task = asyncio.create_task(read())
    try:
        yield chunks
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _messages(
    chunks: asyncio.Queue[bytes | BaseException], reader: PartReader
) -> AsyncIterator[tuple[bytes, str]]:
    grouper = Grouper()
    while True:
        try:
            async with asyncio.timeout(PAUSE_S if grouper.is_open else None):
                got = await chunks.get()
        except TimeoutError:
            whole = [grouper.flush()]
            got = b""
        else:
            ended = isinstance(got, BaseException)
            whole = [grouper.flush()] if ended else [grouper.add(part) for part in reader.feed(_bytes(got))]
        for message in whole:
            if message is not None:
                yield message
        if isinstance(got, BaseException):
            raise got


def _bytes(got: bytes | BaseException) -> bytes:
    return got if isinstance(got, bytes) else b""


class _translated:  # noqa: N801 - reads as a statement
    """What goes wrong with a connection, in the words of health."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, httpx.ReadTimeout):
            raise CameraAwayError("camera_stalled", "the camera says nothing more") from error
        if isinstance(error, StreamBrokenError):
            raise CameraAwayError("camera_stream_broken", str(error)) from error
        if isinstance(error, httpx.HTTPError | httpx.StreamError | httpx.InvalidURL | OSError):
            raise CameraAwayError("camera_unreachable", type(error).__name__) from error
