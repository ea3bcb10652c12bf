"""The whole platform as real processes that a test may kill: servers, HTTP process, worker."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import httpx

from api import schema
from api.auth.service import create_key
from api.embedded.folder import DataFolder, free_port
from api.embedded.process import Running, spawn
from api.embedded.services import EmbeddedServices
from api.embedded.valkey import ValkeyServer
from api.installation.children import Child, child_program
from api.settings import Settings
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock, utc_now
from parking.places.service import import_collection
from tests.api.http_process import NO_TLS

PATIENCE_S: Final = 120.0
PROCESSES: Final = ("serve", "work")


@dataclass
class Platform:
    """A running platform; servers that end are started again by themselves, the two processes by the test."""

    folder: DataFolder
    services: EmbeddedServices
    settings: Settings
    client: httpx.AsyncClient
    processes: dict[str, Running] = field(default_factory=dict)

    def start(self, name: str, *options: str, command: str | None = None) -> None:
        """`command` is what `name` runs where several processes run the same."""
        child = Child(name=name, arguments=(command or name, *options))
        self.processes[name] = spawn(child_program(child, self.folder, self.settings))

    def start_again(self, name: str) -> None:
        self.processes[name] = spawn(self.processes[name].program)

    async def kill(self, name: str) -> None:
        """End a process or a server as if its machine had lost power for it alone."""
        running = self.processes[name] if name in self.processes else await self._running(name)
        running.popen.send_signal(signal.SIGKILL)
        await running.wait()

    async def _running(self, name: str) -> Running:
        """A server's process, once there is one: it may be between its last end and its next start."""
        server = next(server for server in self.services.servers if server.name == name)

        async def runs() -> bool:
            return server.running is not None and not server.running.ended

        await until(runs, f"{name} does not start again")
        assert server.running is not None
        return server.running

    async def stop(self) -> None:
        await asyncio.gather(*(running.stop() for running in self.processes.values()))

    async def get(self, path: str) -> dict[str, Any]:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def until_ready(self) -> None:
        async def ready() -> bool:
            try:
                return (await self.client.get("/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await until(ready, "the platform is not ready")

    async def fill(self, collection: Mapping[str, Any], devices: list[NewDevice], *, clock: Clock = utc_now) -> str:
        """Import an inventory and register devices, now or earlier; returns a key that speaks for all of them."""
        database = Database(open_engine(self.settings.required_database_url, pool_size=1))
        try:
            async with database.transaction() as session:
                report = await import_collection(session, collection, at=clock())
                assert report.errors == ()
                registered = await DeviceService(installed(), clock).register_many(session, devices)
                assert registered.errors == ()
                _, key = await create_key(session, utc_now, role="sensor", name="test")
        finally:
            await database.close()
        return key


@asynccontextmanager
async def servers(path: Path, valkey_extra: Mapping[str, str] | None = None) -> AsyncIterator[Platform]:
    """Servers and schema are there, the two processes are not started; everything is stopped on leaving."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(DataFolder(path))
        own = replace(
            Settings.from_environment({}),
            data_dir=path,
            port=free_port(),
            secret_key=folder.secret("secret_key"),
            plate_key=folder.secret("plate_key"),
            # As in a demonstration, drivers may pay on the page without money.
            test_provider=True,
        )
        services = EmbeddedServices(folder, own)
        if valkey_extra is not None:
            services.valkey = ValkeyServer(folder, valkey_extra)
        await stack.enter_async_context(services.running())
        settings = services.settings
        await schema.upgrade(settings.required_database_url)
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=settings.api_url, timeout=PATIENCE_S, verify=NO_TLS)
        )
        platform = Platform(folder, services, settings, client)
        stack.push_async_callback(platform.stop)
        yield platform


async def until(condition: Callable[[], Awaitable[bool]], complaint: str, *, within_s: float = PATIENCE_S) -> None:
    """Wait until the condition holds; fails with the complaint."""
    try:
        async with asyncio.timeout(within_s):
            while not await condition():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{complaint} within {within_s} s") from None
