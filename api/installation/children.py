"""The product's own processes under one roof: each starts again when it ends, after a short growing wait."""

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import api
from api.embedded.beside import beside
from api.embedded.folder import DataFolder
from api.embedded.process import Program, Running, spawn, stop_orphans
from api.settings import Settings

WORKING_FOLDER: Final = "run"
INTERPRETER: Final = frozenset({Path(sys.executable).resolve().name})
STOP_WITHIN_S: Final = 15.0
RESTART_AFTER_S: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Waits before a process is started again; the last one repeats."""
STEADY_AFTER_S: Final = 30.0
"""A process that lived so long is started again without the waits of earlier failures."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Child:
    """A process of the installation: `parking ARGUMENTS...`, its log kept as `NAME.log` in the data folder."""

    name: str
    arguments: Sequence[str]
    figures_port: str | None = None
    """Name in the data folder of the port where it tells its figures, when it is not the one of the settings."""


def child_program(child: Child, folder: DataFolder, settings: Settings) -> Program:
    """Return how to start `child` with the code that is running now, wherever that lies."""
    if child.figures_port is not None and settings.metrics_port is not None:
        settings = replace(settings, metrics_port=folder.port(child.figures_port))
    environment = settings.process_environment()
    source = str(Path(api.__file__).parent.parent)
    environment["PYTHONPATH"] = ":".join(filter(None, [source, environment.get("PYTHONPATH")]))
    return Program(
        name=f"parking {child.name}",
        command=[sys.executable, "-m", "api.cli", *child.arguments],
        folder=folder.part(WORKING_FOLDER),
        log=folder.path / f"{child.name}.log",
        environment=environment,
    )


async def stop_orphan_children(folder: DataFolder) -> int:
    """End the processes that a killed run left in the folder, and return how many they were."""
    return await stop_orphans(folder.part(WORKING_FOLDER), INTERPRETER, Program.stop_signal, STOP_WITHIN_S)


@asynccontextmanager
async def kept(child: Child, folder: DataFolder, settings: Settings) -> AsyncIterator[None]:
    """Keep the child running inside the block, and stop it in an orderly way on leaving."""
    program = child_program(child, folder, settings)
    async with beside(_keep(program)):
        yield


async def _keep(program: Program) -> None:
    failures = 0
    while True:
        started = time.monotonic()
        running = spawn(program)
        status = await _run(running)
        failures = 0 if time.monotonic() - started > STEADY_AFTER_S else failures + 1
        wait_s = RESTART_AFTER_S[min(failures, len(RESTART_AFTER_S)) - 1 if failures else 0]
        _log.warning(
            "%s, starting it again in %.1f s", running.failure(f"ended (status {status})", lines=1).detail, wait_s
        )
        await asyncio.sleep(wait_s)


async def _run(running: Running) -> int:
    try:
        return await running.wait()
    finally:
        await running.stop(within_s=STOP_WITHIN_S)
