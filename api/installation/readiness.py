"""Asks a local HTTP process whether it is ready, without the weight of an HTTP client."""

import asyncio
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

ASK_EVERY_S: Final = 0.05
ANSWER_WITHIN_S: Final = 2.0


async def is_ready(api_url: str) -> bool:
    """Whether `GET /readyz` answers 200 at this moment."""
    address = urlsplit(api_url)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            try:
                writer.write(f"GET /readyz HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n".encode())
                status = (await reader.readline()).split()
            finally:
                writer.close()
    except OSError:
        return False
    return len(status) > 1 and status[1] == str(HTTPStatus.OK.value).encode()


async def until_ready(api_url: str) -> None:
    """Return once the process is ready; the caller sets the limit."""
    while True:
        if await is_ready(api_url):
            return
        await asyncio.sleep(ASK_EVERY_S)
