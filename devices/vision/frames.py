"""Where frames come from: a file, a folder, a JPEG behind an address, a video stream. Each says what went wrong in one code."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote, urlsplit, urlunsplit

import httpx
import numpy as np
import numpy.typing as npt

from devices.vision.geometry import Picture
from parking.domain.errors import InvalidInputError, UnavailableError

BODY_LIMIT: Final = 16 * 1024 * 1024
PIXELS_LIMIT: Final = 40_000_000
WAIT_S: Final = 10.0
_JPEG: Final = b"\xff\xd8\xff"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png"})


class FrameUnavailableError(UnavailableError):
    """The camera gave no picture this time."""

    code = "frame_unavailable"


class FrameInvalidError(InvalidInputError):
    """What came is no picture that can be read."""

    code = "frame_invalid"


class FrameSource(Protocol):
    """Gives the present frame whenever it is asked."""

    async def frame(self) -> Picture:
        """Raises `FrameUnavailableError` or `FrameInvalidError`."""

    async def close(self) -> None:
        """Let go of the camera."""


@dataclass(frozen=True, slots=True)
class Login:
    """What the camera asks for; never part of an address, which is shown and logged."""

    user: str
    password: str


def decode_picture(body: bytes) -> Picture:
    """A JPEG or PNG, told by its first bytes and not by what somebody calls it."""
    import cv2  # noqa: PLC0415 - heavy

    if not body.startswith((_JPEG, _PNG)):
        raise FrameInvalidError("neither JPEG nor PNG")
    try:
        picture = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise FrameInvalidError("the picture cannot be decoded") from error
    return _checked(picture)


def read_picture(path: Path) -> Picture:
    try:
        if path.stat().st_size > BODY_LIMIT:
            raise FrameInvalidError(f"{path.name} is larger than {BODY_LIMIT >> 20} MiB")
        body = path.read_bytes()
    except OSError as error:
        raise FrameUnavailableError(f"cannot read {path}: {error.strerror}") from error
    return decode_picture(body)


def open_source(address: str, login: Login | None = None) -> FrameSource:
    """Choose by the address: `rtsp://…`, `http(s)://…` of one JPEG, or the path of a file or folder."""
    scheme = urlsplit(address).scheme
    if scheme in {"rtsp", "rtsps"}:
        return VideoStream(address, login)
    if scheme in {"http", "https"}:
        return JpegPull(address, login)
    return FileSource(Path(address.removeprefix("file://")))


class FileSource:
    """A file that is written anew for each frame, or a folder whose newest picture (by name) is the present one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def frame(self) -> Picture:
        return await asyncio.to_thread(self._read)

    async def close(self) -> None:
        """Nothing is held open."""

    def _read(self) -> Picture:
        if not self._path.is_dir():
            return read_picture(self._path)
        names = sorted(path for path in self._path.iterdir() if path.suffix.lower() in SUFFIXES)
        if not names:
            raise FrameUnavailableError(f"no picture in {self._path}")
        return read_picture(names[-1])


class JpegPull:
    """Asks a camera for one JPEG at a time; the camera may ask for the login as digest or basic."""

    def __init__(self, address: str, login: Login | None) -> None:
        self._address = address
        self._login = login
        self._client = httpx.AsyncClient(timeout=WAIT_S, follow_redirects=False)

    async def frame(self) -> Picture:
        try:
            return decode_picture(await self._body())
        except httpx.HTTPError as error:
            raise FrameUnavailableError(f"the camera cannot be reached: {type(error).__name__}") from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _body(self) -> bytes:
        auth = None if self._login is None else httpx.DigestAuth(self._login.user, self._login.password)
        status, asked, body = await self._get(auth)
        # The password goes out in clear only where the camera asks for nothing better.
        if status == httpx.codes.UNAUTHORIZED and self._login is not None and asked.startswith("basic"):
            status, _, body = await self._get(httpx.BasicAuth(self._login.user, self._login.password))
        if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise FrameUnavailableError("the camera refuses the login")
        if status != httpx.codes.OK:
            raise FrameUnavailableError(f"the camera answers {status}")
        return body

    async def _get(self, auth: httpx.Auth | None) -> tuple[int, str, bytes]:
        async with self._client.stream("GET", self._address, auth=auth) as response:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > BODY_LIMIT:
                    raise FrameInvalidError(f"the picture is larger than {BODY_LIMIT >> 20} MiB")
            asked = response.headers.get("www-authenticate", "").lower()
            return response.status_code, asked, bytes(body)


class VideoStream:
    """Opens the stream for each frame and lets it go: between two looks nothing is decoded for nobody."""

    def __init__(self, address: str, login: Login | None) -> None:
        self._address = _with_login(address, login)

    async def frame(self) -> Picture:
        return await asyncio.to_thread(self._grab)

    async def close(self) -> None:
        """Nothing is held open."""

    def _grab(self) -> Picture:
        import cv2  # noqa: PLC0415 - heavy

        waits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(WAIT_S * 1e3), cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(WAIT_S * 1e3)]
        capture = cv2.VideoCapture(self._address, cv2.CAP_FFMPEG, waits)
        try:
            read, picture = capture.read() if capture.isOpened() else (False, None)
        finally:
            capture.release()
        if not read or picture is None:
            raise FrameUnavailableError("the stream gives no picture")
        return _checked(picture)


def _checked(picture: npt.NDArray[np.generic] | None) -> Picture:
    if picture is None or picture.size == 0:
        raise FrameInvalidError("the picture cannot be decoded")
    if picture.shape[0] * picture.shape[1] > PIXELS_LIMIT:
        raise FrameInvalidError("the picture has too many pixels")
    return np.asarray(picture, np.uint8)


def _with_login(address: str, login: Login | None) -> str:
    if login is None:
        return address
    parts = urlsplit(address)
    user = f"{quote(login.user, safe='')}:{quote(login.password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{user}@{parts.netloc}"))
