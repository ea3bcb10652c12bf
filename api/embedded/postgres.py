"""Starts PostgreSQL, the system of record, in the data folder: password asked for, loopback only."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import ClassVar, Final
from uuid import uuid4

import asyncpg

from api.embedded.folder import LOOPBACK, DataFolder, FolderInUseError, lock_file, others_may_reach
from api.embedded.postgres_programs import outside_folder, usable_programs
from api.embedded.process import Program, ServiceFailedError, is_root, nobody_ids, spawn
from api.embedded.server import PROBE_WITHIN_S, EmbeddedServer

USER: Final = "parking"
DATABASE: Final = "parking"
INIT_WITHIN_S: Final = 60.0
NOT_DURABLE: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    # The folder may be in memory.
    "max_wal_size": "128MB",
}


class PostgresServer(EmbeddedServer):
    """PostgreSQL on loopback. `durable=False` gives up safety from a power cut, for tests only."""

    name: ClassVar[str] = "postgres"
    executables: ClassVar[frozenset[str]] = frozenset({"postgres"})
    # SIGINT is PostgreSQL's fast shutdown: it ends connections instead of waiting for them.
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT

    def __init__(self, folder: DataFolder, *, durable: bool = True) -> None:
        super().__init__(folder)
        self.durable = durable
        self._place: Path | None = None
        self._lock: int | None = None

    @property
    def url(self) -> str:
        return self.address_of(DATABASE)

    def address_of(self, database: str) -> str:
        return f"postgresql://{USER}:{self._password}@{LOOPBACK}:{self.listening_port}/{database}"

    @property
    def _password(self) -> str:
        return self.folder.secret("postgres_password")

    @property
    def place(self) -> Path:
        """The folder around the data; outside of the data folder where `nobody` could not reach into that."""
        if self._place is None:
            kept = self.folder.remembered("postgres_place")
            if kept is None:
                inside = not is_root() or others_may_reach(self.folder.path)
                chosen = self.folder.path / self.name if inside else outside_folder() / f"data-{uuid4().hex}"
                # A folder of its own path moves along with the data folder; one outside must be written down.
                kept = self.folder.remember("postgres_place", self.name if inside else str(chosen))
            self._place = self.folder.path / kept
        return self._place

    @property
    def home(self) -> Path:
        return self.place / "data"

    async def prepare(self) -> Program:
        programs = await asyncio.to_thread(usable_programs)
        self._own_place()
        if not self.home.exists():
            await self._initialise(programs)
        # We hold the lock and have seen that no process works in this folder: a number left here is stale, and
        # PostgreSQL would mistake an unrelated process with that number for itself.
        (self.home / "postmaster.pid").unlink(missing_ok=True)
        settings = {
            "listen_addresses": LOOPBACK,
            "port": self.listening_port,
            "unix_socket_directories": "",
            "max_connections": 200,
            **({} if self.durable else NOT_DURABLE),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return self._program([str(programs / "postgres"), "-D", str(self.home), *options])

    async def stop(self) -> None:
        await super().stop()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def probe(self) -> None:
        try:
            await self._ensure_database()
        except asyncpg.InvalidAuthorizationSpecificationError as error:
            raise ServiceFailedError(f"the database in {self.place} does not know our password: {error}") from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise ConnectionError(str(error)) from error

    async def _ensure_database(self) -> None:
        try:
            connection = await asyncpg.connect(self.url, timeout=PROBE_WITHIN_S)
        except asyncpg.InvalidCatalogNameError:
            await self._create_database()
        else:
            await connection.close(timeout=PROBE_WITHIN_S)

    async def _create_database(self) -> None:
        connection = await asyncpg.connect(self.address_of("postgres"), timeout=PROBE_WITHIN_S)
        try:
            with contextlib.suppress(asyncpg.DuplicateDatabaseError):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            # On a slow disk the probe is cancelled in the middle of this; the next one finds what became of it.
            await connection.close(timeout=PROBE_WITHIN_S)

    def _own_place(self) -> None:
        """Two data folders may remember one place after a copy; only one run may use it."""
        self.place.mkdir(parents=True, exist_ok=True)
        self.place.chmod(0o711 if is_root() else 0o700)
        if self._lock is None:
            self._lock = lock_file(self.place / "lock")
        if self._lock is None:
            raise FolderInUseError(f"another 'parking' already uses the database in {self.place}")

    async def _initialise(self, programs: Path) -> None:
        """Make the database beside its place and move it there whole: an interrupted run leaves nothing half made."""
        for leftover in self.place.glob("draft-*"):
            shutil.rmtree(leftover)
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=self.place))
        password = draft / "password"
        password.write_text(self._password)
        if is_root():
            for path in (draft, password):
                os.chown(path, *nobody_ids())
        password.chmod(0o400)
        options = ["--username", USER, "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale"]
        options += [] if self.durable else ["--no-sync"]
        command = [str(programs / "initdb"), "-D", str(draft / "data"), "--pwfile", str(password), *options]
        running = spawn(self._program(command, folder=draft))
        try:
            async with asyncio.timeout(INIT_WITHIN_S):
                status = await running.wait()
        except TimeoutError as error:
            raise running.failure(f"did not initialise within {INIT_WITHIN_S:.0f} s") from error
        finally:
            await running.stop()
        if status != 0:
            raise running.failure("could not initialise")
        (draft / "data").rename(self.home)
        shutil.rmtree(draft)

    def _program(self, command: list[str], folder: Path | None = None) -> Program:
        return Program(
            name=self.name,
            command=command,
            folder=folder or self.home,
            log=self.log,
            stop_signal=self.stop_signal,
            as_nobody=is_root(),
        )
