"""Reads the shell commands out of the README and runs them as a reader would, in a folder of their own."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from api.installation.readiness import until_ready

RUN_WITHIN_S = 120
READY_WITHIN_S = 120
STOP_WITHIN_S = 60
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[str]:
    """Every line of every shell block, in order."""
    return [line for block in _BLOCK.findall(text) for line in block.splitlines() if line.strip()]


def links(text: str) -> set[str]:
    """The files of the project that the text points at."""
    return {target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target}


def as_reader(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a reader who has activated `.venv`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **environment}


async def run(command: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command that ends; what it prints. Fails when it fails."""
    process = await asyncio.create_subprocess_shell(
        command,
        cwd=folder,
        env=as_reader(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(RUN_WITHIN_S):
        output, _ = await process.communicate()
    assert process.returncode == 0, f"{command}: {output.decode()}"
    return output.decode()


@asynccontextmanager
async def running(command: str, folder: Path, environment: Mapping[str, str]) -> AsyncIterator[None]:
    """Keep a command running until the block is left; it must then end well on Ctrl-C."""
    process = await asyncio.create_subprocess_shell(
        f"exec {command}", cwd=folder, env=as_reader(environment), start_new_session=True
    )
    try:
        yield
        assert process.returncode is None, f"{command} ended by itself"
    finally:
        # A terminal sends Ctrl-C to the whole group: to make and to what it started.
        os.killpg(process.pid, signal.SIGINT)
        async with asyncio.timeout(STOP_WITHIN_S):
            await process.wait()


async def ready(port: int) -> None:
    async with asyncio.timeout(READY_WITHIN_S):
        await until_ready(f"http://127.0.0.1:{port}")
