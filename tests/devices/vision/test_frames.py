"""Frames from files, from a camera that asks for a digest, and from a stream; each failure has a code."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.vision.frames import (
    FrameInvalidError,
    FrameUnavailableError,
    Login,
    VideoStream,
    decode_picture,
    open_source,
)

PICTURE = np.full((48, 64, 3), (200, 100, 50), np.uint8)
JPEG = cv2.imencode(".jpg", PICTURE)[1].tobytes()
LOGIN = Login("viewer", "p@ss/word")


@asynccontextmanager
async def camera(*, scheme: str = "Digest", body: bytes = JPEG) -> AsyncIterator[str]:
    """A camera's HTTP server: one JPEG behind a login."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            said = re.search(rb"[Aa]uthorization: (.*)\r\n", head)
            if said is not None and _is_right(said.group(1).decode()):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            else:
                asked = f'{scheme} realm="camera", nonce="n1", qop="auth"'
                writer.write(f"HTTP/1.1 401 No\r\nWWW-Authenticate: {asked}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            if reader.at_eof():
                break

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/snapshot.jpg"
    finally:
        server.close()


def _is_right(authorization: str) -> bool:
    if authorization.startswith("Basic "):
        return authorization == "Basic dmlld2VyOnBAc3Mvd29yZA=="
    told = dict(re.findall(r'(\w+)="?([^",]*)"?', authorization))
    first = _md5(f"{LOGIN.user}:camera:{LOGIN.password}")
    second = _md5("GET:/snapshot.jpg")
    return told.get("response") == _md5(f"{first}:n1:{told.get('nc')}:{told.get('cnonce')}:auth:{second}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("scheme", ["Digest", "Basic"])
async def test_a_frame_comes_when_the_camera_asks_for_a_login(scheme: str) -> None:
    async with camera(scheme=scheme) as address:
        source = open_source(address, LOGIN)
        assert (await source.frame()).shape == PICTURE.shape
        await source.close()


@pytest.mark.parametrize("login", [None, Login("viewer", "wrong")])
async def test_the_login_is_refused_when_it_is_wrong(login: Login | None) -> None:
    async with camera() as address:
        source = open_source(address, login)
        with pytest.raises(FrameUnavailableError, match="refuses"):
            await source.frame()
        await source.close()


async def test_the_body_is_refused_when_it_is_no_picture() -> None:
    async with camera(body=b"<html>busy</html>") as address:
        source = open_source(address, LOGIN)
        with pytest.raises(FrameInvalidError):
            await source.frame()
        await source.close()


async def test_the_camera_is_unavailable_when_nobody_listens() -> None:
    async with camera() as address:
        pass
    source = open_source(address)
    with pytest.raises(FrameUnavailableError, match="cannot be reached"):
        await source.frame()
    await source.close()


async def test_the_newest_picture_is_taken_when_the_source_is_a_folder(tmp_path: Path) -> None:
    source = open_source(str(tmp_path))
    with pytest.raises(FrameUnavailableError):
        await source.frame()
    (tmp_path / "0001.jpg").write_bytes(JPEG)
    (tmp_path / "0002.jpg").write_bytes(cv2.imencode(".jpg", PICTURE[:20])[1].tobytes())
    (tmp_path / "readme.txt").write_text("no picture")
    assert (await source.frame()).shape == (20, 64, 3)


async def test_a_frame_comes_when_a_stream_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "stream.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5, (64, 48))
    for _ in range(3):
        writer.write(PICTURE)
    writer.release()
    frame = await VideoStream(str(path), None).frame()
    assert np.abs(frame.astype(int) - PICTURE).mean() < 8
    with pytest.raises(FrameUnavailableError):
        await open_source("rtsp://127.0.0.1:9/stream", LOGIN).frame()


@pytest.mark.parametrize(
    "body", [b"", b"GIF89a", JPEG[:40], b"\xff\xd8\xff" + bytes(500), b"\x89PNG\r\n\x1a\n" + bytes(40)]
)
def test_the_error_is_typed_when_a_picture_is_damaged(body: bytes) -> None:
    with pytest.raises(FrameInvalidError):
        decode_picture(body)
