"""A camera that is pulled, in Dahua's words: digest login, an endless answer in parts, heartbeats, read-back, local time as UTC.

It also fails as such cameras do: the connection drops, the stream stalls with the connection open, the view is moved.
"""

import asyncio
import hmac
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import md5
from types import TracebackType
from typing import Final, Self

from devices.adapters.camera_dahua.messages import NO_PARKING, PARKING
from devices.simulation.cameras.pictures import scene
from devices.simulation.cameras.views import CameraView, Seen

REALM: Final = "Login to simulated camera"
BOUNDARY: Final = "myboundary"
_FIELD = re.compile(r'(\w+)="?([^",]+)"?')


class DahuaCamera:
    """An async context; listens on `address` while the block runs. `now` is the true time."""

    def __init__(
        self,
        view: CameraView,
        *,
        login: tuple[str, str],
        now: Callable[[], datetime],
        clock_offset: timedelta = timedelta(),
        heartbeat_s: float = 20.0,
    ) -> None:
        self.view = view
        self._login = login
        self._now = now
        self._clock_offset = clock_offset
        """What its clock says too much: eight hours where it counts Beijing time as UTC."""
        self._heartbeat_s = heartbeat_s
        self._nonce = secrets.token_hex(8)
        self._streams: set[asyncio.StreamWriter] = set()
        self._stalled = False
        self._group = 100
        self._server: asyncio.Server | None = None
        self.refused = 0
        """Requests with a wrong login."""
        self.read_backs = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            self.drop()
            await self._server.wait_closed()

    @property
    def address(self) -> str:
        if self._server is None:
            raise RuntimeError("the camera is not switched on")
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def is_watched(self) -> bool:
        """Whether somebody has the stream open."""
        return bool(self._streams)

    def comes(self, bay: str, plate: str | None = None) -> None:
        """A vehicle parks."""
        seen = self.view.comes(bay, plate)
        if seen is not None:
            self._tell(PARKING, seen)

    def goes(self, bay: str) -> None:
        """It leaves."""
        seen = self.view.goes(bay)
        if seen is not None:
            self._tell(NO_PARKING, seen)

    def is_turned(self) -> None:
        """Somebody moves it, and it says so."""
        self._send(self._text(["Events[0].Code=SceneChange", "Events[0].Action=Start", *self._times()]))

    def drop(self) -> None:
        """Every connection breaks off."""
        for writer in list(self._streams):
            writer.transport.abort()
        self._streams.clear()

    def stall(self, *, stalled: bool = True) -> None:
        """Connections stay open, and nothing more comes."""
        self._stalled = stalled

    def beat(self) -> None:
        self._send(_part("text/plain", b"Heartbeat"))

    def _tell(self, event: str, seen: Seen) -> None:
        self._group += 1
        lines = [
            "Events[0].Channel=0",
            f"Events[0].Code={event}",
            f"Events[0].ParkingSpaceStatus={'Parking' if seen.occupied else 'NoParking'}",
            f"Events[0].GroupID={self._group}",
            "Events[0].CountInGroup=1",
            "Events[0].IndexInGroup=1",
            f"Events[0].TrafficCar.PlateNumber={seen.plate or 'Unknown'}",
            f"Events[0].TrafficCar.Confidence={seen.confidence}",
            f"Events[0].TrafficCar.CustomParkNo={seen.bay}",
            f"Events[0].TrafficCar.Lane={self.view.bays.index(seen.bay) + 1}",
            f"Events[0].TrafficCar.Event={event}",
            *self._times(),
        ]
        picture = scene(self.view.looks(), self.view.faults)
        self._send(self._text(lines) + _part("image/jpeg", picture))

    def _times(self) -> list[str]:
        now = self._now() + self._clock_offset
        return [f"Events[0].UTC={int(now.timestamp())}", f"Events[0].UTCMS={now.microsecond // 1000}"]

    def _text(self, lines: list[str]) -> bytes:
        return _part("text/plain", "\r\n".join(lines).encode())

    def _send(self, content: bytes) -> None:
        if not self._stalled:
            for writer in self._streams:
                writer.write(content)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                method, target, _ = head.split(" ", 2)
                if not self._is_login(method, target, head):
                    writer.write(self._challenge())
                elif "attachFileProc" in target:
                    await self._stream(reader, writer)
                    return
                elif "getAllParkingSpaceStatus" in target:
                    self.read_backs += 1
                    writer.write(_answer("200 OK", "text/plain", self._states()))
                else:
                    writer.write(_answer("404 Not Found", "text/plain", b"Error"))
                await writer.drain()
        writer.close()

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until whoever watches hangs up."""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary={BOUNDARY}\r\n\r\n"
        writer.write(head.encode())
        self._streams.add(writer)
        try:
            while True:
                try:
                    async with asyncio.timeout(self._heartbeat_s):
                        if not await reader.read(1024):
                            return
                except TimeoutError:
                    if not self._stalled:
                        writer.write(_part("text/plain", b"Heartbeat"))
        finally:
            self._streams.discard(writer)
            writer.close()

    def _states(self) -> bytes:
        lines: list[str] = []
        for number, seen in enumerate(self.view.looks()):
            lines += [
                f"status[{number}].Lane={number + 1}",
                f"status[{number}].CustomParkNo={seen.bay}",
                f"status[{number}].Status={'Parking' if seen.occupied else 'NoParking'}",
                f"status[{number}].PlateNumber={seen.plate or ''}",
            ]
        return "\r\n".join(lines).encode()

    def _challenge(self) -> bytes:
        asks = f'WWW-Authenticate: Digest realm="{REALM}", qop="auth", nonce="{self._nonce}", opaque="x"\r\n'
        return _answer("401 Unauthorized", "text/plain", b"", more=asks)

    def _is_login(self, method: str, target: str, head: str) -> bool:
        line = next((line for line in head.split("\r\n") if line.lower().startswith("authorization: digest")), None)
        if line is None:
            return False
        said = dict(_FIELD.findall(line.partition(":")[2]))
        user, password = self._login
        secret = _md5(f"{user}:{REALM}:{password}")
        asked = _md5(f"{method}:{said.get('uri', '')}")
        wanted = _md5(f"{secret}:{self._nonce}:{said.get('nc')}:{said.get('cnonce')}:{said.get('qop')}:{asked}")
        is_right = hmac.compare_digest(wanted, said.get("response", "")) and said.get("uri") == target
        self.refused += not is_right
        return is_right


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _part(media_type: str, content: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: {media_type}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content + b"\r\n"


def _answer(status: str, media_type: str, content: bytes, *, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\n{more}Content-Type: {media_type}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content
