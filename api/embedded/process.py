"""Starts, stops and finds again the processes of an installation.

A process is recognised by its working directory and its program, not by a number in a file: numbers are used again,
and a file is stale after a kill. Every server therefore gets a working directory of its own inside the data folder.
"""

import asyncio
import contextlib
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from parking.domain.errors import ParkingError

GUARD: Final = Path(__file__).with_name("guard.py")
POLL_S: Final = 0.02
LOG_TAIL_LINES: Final = 8
LOG_BYTES: Final = 16 * 1024 * 1024
NOBODY: Final = "nobody"


class ServiceFailedError(ParkingError):
    """A server of the installation did not start, or did not stop."""

    code = "service_failed"


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to start: `command` with an absolute program, in `folder`, its output appended to `log`.

    `stop_signal` asks the program to end in an orderly way; it also gets it when the starting thread dies.
    """

    name: str
    command: Sequence[str]
    folder: Path
    log: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    environment: Mapping[str, str] | None = None
    as_nobody: bool = False


@dataclass
class Running:
    """A started program; whoever started it stops it."""

    program: Program
    popen: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def ended(self) -> bool:
        return self.popen.poll() is not None

    async def wait(self) -> int:
        """Return the exit status once the process has ended; negative numbers are signals."""
        if self.popen.poll() is None:
            await _until_ended(self.pid)
        return self.popen.wait()

    async def stop(self, *, within_s: float = 10.0) -> None:
        """Ask for an orderly end, and kill what has not ended after `within_s` seconds."""
        if self.ended:
            return
        self.popen.send_signal(self.program.stop_signal)
        try:
            async with asyncio.timeout(within_s):
                await self.wait()
        except TimeoutError:
            self.popen.kill()
            await self.wait()

    def failure(self, what: str, lines: int = LOG_TAIL_LINES) -> ServiceFailedError:
        """Return the error to raise, with the last lines of the log: they nearly always say why."""
        last = log_tail(self.program.log, lines)
        said = f"; its log {self.program.log} ends: {' | '.join(last)}" if last else ""
        return ServiceFailedError(f"{self.program.name} {what}{said}")


def spawn(program: Program) -> Running:
    """Start `program` as a child that ends with this thread; call it from the main thread.

    Raises `ServiceFailedError` when the program cannot be started.
    """
    uid, gid = nobody_ids() if program.as_nobody else (-1, -1)
    guarded = [
        sys.executable,
        "-I",
        "-S",
        str(GUARD),
        str(os.getpid()),
        str(int(program.stop_signal)),
        str(uid),
        str(gid),
    ]
    if program.log is not None:
        _set_aside(program.log)
    with contextlib.ExitStack() as stack:
        output = None if program.log is None else stack.enter_context(program.log.open("ab"))
        try:
            popen = subprocess.Popen(  # noqa: S603 - the command is ours
                [*guarded, *program.command],
                cwd=program.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=None if program.environment is None else dict(program.environment),
                # Ctrl-C in a terminal reaches the whole group; the parent alone decides who stops when.
                start_new_session=True,
            )
        except OSError as error:
            raise ServiceFailedError(f"{program.name} cannot be started: {error}") from error
    return Running(program, popen)


async def _until_ended(pid: int) -> None:
    """Wait for a child that nobody has collected yet; Linux makes its descriptor readable when it ends."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    descriptor = os.pidfd_open(pid)
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def log_tail(log: Path | None, lines: int) -> list[str]:
    if log is None or not log.is_file():
        return []
    text = log.read_text(encoding="utf-8", errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()][-lines:]


def _set_aside(log: Path) -> None:
    """Begin a new log when the old one is long; one old one is kept."""
    if log.is_file() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_name(log.name + ".old"))


def is_root() -> bool:
    return os.geteuid() == 0


def nobody_ids() -> tuple[int, int]:
    """Return user and group of `nobody`, to whom PostgreSQL drops because it refuses to run as root."""
    try:
        entry = pwd.getpwnam(NOBODY)
    except KeyError as error:
        raise ServiceFailedError(
            "PostgreSQL does not run as root and there is no user 'nobody' to run it as"
        ) from error
    return entry.pw_uid, entry.pw_gid


def processes_in(folder: Path, executables: frozenset[str]) -> list[int]:
    """Return the numbers of live processes whose working directory is `folder` and whose program is one of those."""
    found = []
    place = folder.resolve()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        # A process that ends meanwhile, or belongs to another user, is none of ours.
        with contextlib.suppress(OSError):
            program = (entry / "exe").readlink().name.removesuffix(" (deleted)")
            if program in executables and (entry / "cwd").readlink() == place:
                found.append(int(entry.name))
    return found


async def stop_orphans(folder: Path, executables: frozenset[str], stop_signal: signal.Signals, within_s: float) -> int:
    """End what an earlier, killed run left running in `folder`; return how many processes that were.

    Raises `ServiceFailedError` when one of them cannot be ended.
    """
    orphans = processes_in(folder, executables)
    signals = [(stop_signal, within_s), (signal.SIGKILL, within_s)]
    for number, wait_s in signals:
        for pid in processes_in(folder, executables):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = asyncio.get_running_loop().time() + wait_s
        while processes_in(folder, executables):
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(POLL_S)
        else:
            return len(orphans)
    raise ServiceFailedError(f"processes {processes_in(folder, executables)} in {folder} do not end")
