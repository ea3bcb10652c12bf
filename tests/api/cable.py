"""A network cable between a browser and the real server: pulled, nothing goes through and what was on its way is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cable:
    """Answers at `port` what the server behind it answers, while it is plugged in."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._entrance: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def plug(self) -> None:
        """Let connections through, always at the port of the first time."""
        self._entrance = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._entrance.sockets[0].getsockname()[1]

    async def pull(self) -> None:
        """Refuse new connections and break those that are open."""
        if self._entrance is not None:
            self._entrance.close()
            self._entrance = None
        for line in list(self._lines):
            line.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
            self._lines |= {writer, far_writer}
            try:
                await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))
            finally:
                self._lines -= {writer, far_writer}
                far_writer.close()
        writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def cable_to(server_port: int) -> AsyncIterator[Cable]:
    cable = Cable(server_port)
    await cable.plug()
    try:
        yield cable
    finally:
        await cable.pull()
