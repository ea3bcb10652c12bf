"""A line between two parties that is cut after any number of bytes: in a request that has not arrived, in an answer to one
that has been done. It can be unplugged as well.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random

CHUNK = 65_536


@dataclass
class _Left:
    """How many bytes, of both directions, a connection carries before it is cut."""

    bytes: float


@dataclass
class Line:
    """Connections to `port` go on to `target`; every one is cut after some bytes, `mean_bytes` on average or never."""

    target: int
    mean_bytes: float | None
    chance: Random
    port: int = 0
    asked: int = 0
    """Cuts in what goes to the target."""
    answered: int = 0
    """Cuts in what comes from it."""
    at_once: int = 0
    """Connections that `cut` has ended."""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _carrying: set[asyncio.Task[None]] = field(default_factory=set)
    _is_down: bool = False

    @property
    def cuts(self) -> int:
        return self.asked + self.answered + self.at_once

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Line"]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self._abort()
            await asyncio.gather(*self._carrying, return_exceptions=True)

    def unplug(self) -> None:
        """Cut every connection that there is, and let no other one through."""
        self._is_down = True
        self.at_once += len(self._open) // 2
        self._abort()

    def plug(self) -> None:
        self._is_down = False

    def _abort(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        try:
            await self._carry(reader, writer)
        finally:
            self._carrying.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_down:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self._open |= both
        left = _Left(math.inf if self.mean_bytes is None else self.chance.expovariate(1 / self.mean_bytes))
        there = asyncio.ensure_future(self._pump(reader, far_writer, left))
        back = asyncio.ensure_future(self._pump(far_reader, writer, left))
        try:
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
            if left.bytes <= 0:
                self.asked += there.done()
                self.answered += not there.done()
        finally:
            for pump in (there, back):
                pump.cancel()
            self._open -= both
            for one in both:
                # What was carried whole still leaves; a cut has aborted both already.
                one.close()
            await asyncio.gather(there, back, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: _Left) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK):
                left.bytes -= len(chunk)
                if left.bytes <= 0:
                    writer.write(chunk[: int(len(chunk) + left.bytes)])
                    await writer.drain()
                    return
                writer.write(chunk)
                await writer.drain()
