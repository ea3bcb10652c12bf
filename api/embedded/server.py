"""What the embedded servers have in common: one process, a port of its own, ready or a clear error in bounded time."""

import asyncio
import contextlib
import signal
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Final

from api.embedded.folder import DataFolder, port_is_free
from api.embedded.process import POLL_S, Program, Running, ServiceFailedError, spawn, stop_orphans

READY_WITHIN_S: Final = 60.0
"""After a kill a server first reads its journal again; a long one takes its time."""
STOP_WITHIN_S: Final = 10.0
PROBE_WITHIN_S: Final = 2.0
PORT_ATTEMPTS: Final = 3


class EmbeddedServer(ABC):
    """One server of the data folder; `start` and `stop` may alternate, the address stays."""

    name: ClassVar[str]
    executables: ClassVar[frozenset[str]]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.port: int | None = None
        self.running: Running | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """The address with user and password; defined after the first `start`."""

    @property
    @abstractmethod
    def home(self) -> Path:
        """The working directory that belongs to this server alone."""

    @abstractmethod
    async def prepare(self) -> Program:
        """Write what the server needs before it starts, for the present `port`."""

    @abstractmethod
    async def probe(self) -> None:
        """Return when the server answers as it should; raise OSError or TimeoutError when it does not yet."""

    @property
    def log(self) -> Path:
        return self.folder.path / f"{self.name}.log"

    @property
    def listening_port(self) -> int:
        if self.port is None:
            raise ServiceFailedError(f"{self.name} was not started")
        return self.port

    @property
    def pid(self) -> int:
        if self.running is None:
            raise ServiceFailedError(f"{self.name} is not running")
        return self.running.pid

    async def start(self) -> None:
        """Start and wait until the server answers.

        Raises `ServiceFailedError` with the end of the server's log when it does not.
        """
        await self.stop()
        await stop_orphans(self.home, self.executables, self.stop_signal, STOP_WITHIN_S)
        # Others hold the address after the first start, so only that one may choose another port.
        attempts = PORT_ATTEMPTS if self.port is None else 1
        for attempt in range(1, attempts + 1):
            if attempts > 1:
                self.port = self.folder.port(f"{self.name}_port")
            try:
                await self._start_once()
            except ServiceFailedError:
                port_was_taken = not port_is_free(self.listening_port)
                if attempts > 1:
                    self.port = None
                if attempt == attempts or not port_was_taken:
                    raise
            else:
                return

    async def _start_once(self) -> None:
        self.running = spawn(await self.prepare())
        try:
            await self._until_ready(self.running)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        if self.running is not None:
            await self.running.stop(within_s=STOP_WITHIN_S)
            self.running = None

    async def ended(self) -> int:
        """Return the exit status when the server's process has ended."""
        if self.running is None:
            raise ServiceFailedError(f"{self.name} is not running")
        return await self.running.wait()

    async def _until_ready(self, running: Running) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            if running.ended:
                raise running.failure("ended while it was starting")
            with contextlib.suppress(OSError):
                async with asyncio.timeout(PROBE_WITHIN_S):
                    await self.probe()
                    return
            await asyncio.sleep(POLL_S)
        raise running.failure(f"did not answer within {READY_WITHIN_S:.0f} s")
