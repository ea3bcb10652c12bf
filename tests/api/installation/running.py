"""Starts `parking up` as a process of its own and reads what it says."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from api.embedded.folder import free_port
from api.installation.readiness import until_ready
from api.settings import Settings, find_settings

READY_WITHIN_S = 120
STOP_WITHIN_S = 60


@dataclass
class Up:
    """A running `parking up`."""

    process: asyncio.subprocess.Process
    data: Path
    port: int
    said: str = ""
    killed: int = 0
    """How many of its processes a test has killed, each of which it says that it starts again."""

    @property
    def settings(self) -> Settings:
        return find_settings({"PARKING_DATA": str(self.data)})

    async def ready(self) -> None:
        """Return once it has said its address and answers there: somebody else may answer at the port before."""
        address = f"http://127.0.0.1:{self.port}"
        async with asyncio.timeout(READY_WITHIN_S):
            while f"{address}/" not in self.said:
                assert self.process.stdout is not None
                line = await self.process.stdout.readline()
                assert line, self.said
                self.said += line.decode()
            await until_ready(address)

    async def stop(self) -> tuple[int, str]:
        """Stop it as Ctrl-C does, and return its exit status and everything it said."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(STOP_WITHIN_S):
            rest, _ = await self.process.communicate()
        return self.process.returncode or 0, self.said + rest.decode()


@asynccontextmanager
async def up(data: Path, port: int | None = None, environment: Mapping[str, str] | None = None) -> AsyncIterator[Up]:
    chosen = free_port() if port is None else port
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api.cli", "up", "--port", str(chosen), "--data", str(data)),
        env=os.environ | dict(environment or {}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Up(process, data, chosen)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(STOP_WITHIN_S):
                await process.communicate()
