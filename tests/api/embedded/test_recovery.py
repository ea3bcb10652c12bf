"""A data folder survives whatever killed the run before, and belongs to one run at a time."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from api.embedded.folder import DataFolder, FolderInUseError
from api.embedded.mqtt import MqttBroker
from api.embedded.postgres import PostgresServer
from api.embedded.process import ServiceFailedError, processes_in
from api.embedded.server import EmbeddedServer
from api.embedded.services import EmbeddedServices
from api.embedded.valkey import ValkeyServer
from api.settings import Settings

pytestmark = [pytest.mark.service, pytest.mark.chaos]
LIMIT_S = 90

FIRST_RUN = """
import asyncio, sys
from pathlib import Path
from api.embedded.folder import DataFolder
from api.embedded.services import EmbeddedServices
from api.settings import Settings

async def main():
    settings = Settings.from_environment({"PARKING_DATA": sys.argv[1]})
    with DataFolder(settings.data_dir) as folder:
        async with EmbeddedServices(folder, settings).running() as services:
            print(services.settings.database_url, services.settings.redis_url, flush=True)
            await asyncio.Event().wait()

asyncio.run(main())
"""


def _services(folder: DataFolder) -> EmbeddedServices:
    return EmbeddedServices(folder, Settings.from_environment({"PARKING_DATA": str(folder.path)}))


async def _write(database_url: str, redis_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    await connection.close()
    async with Redis.from_url(redis_url) as client:
        await client.set("kept", "42")


async def _read(database_url: str, redis_url: str) -> tuple[int, bytes | str | None]:
    connection = await asyncpg.connect(database_url)
    value: int = await connection.fetchval("SELECT value FROM kept")
    await connection.close()
    async with Redis.from_url(redis_url) as client:
        return value, await client.get("kept")


@pytest.mark.parametrize("everything", [False, True], ids=["the parent only", "everything"])
async def test_next_start_recovers_when_a_run_was_killed(open_folder: Path, everything: bool) -> None:  # noqa: FBT001
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FIRST_RUN, str(open_folder), stdout=asyncio.subprocess.PIPE
    )
    assert run.stdout is not None
    async with asyncio.timeout(LIMIT_S):
        addresses = (await run.stdout.readline()).decode().split()
    await _write(addresses[0], addresses[1])
    servers = [
        *processes_in(open_folder / "postgres" / "data", PostgresServer.executables),
        *processes_in(open_folder / "valkey", ValkeyServer.executables),
        *processes_in(open_folder / "mqtt", MqttBroker.executables),
    ]
    assert len(servers) > 3
    run.kill()
    for pid in servers if everything else []:
        # A process of PostgreSQL ends by itself when the one before it in the list is gone.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    await run.wait()
    with DataFolder(open_folder) as folder:
        async with asyncio.timeout(LIMIT_S), _services(folder).running() as services:
            settings = services.settings
            assert [settings.database_url, settings.redis_url] == addresses
            assert await _read(addresses[0], addresses[1]) == (42, b"42")


async def test_server_comes_back_at_its_address_when_it_is_killed(open_folder: Path) -> None:
    with DataFolder(open_folder) as folder:
        async with _services(folder).running() as services:
            urls = services.settings.required_database_url, services.settings.required_redis_url
            await _write(*urls)
            for server in services.servers:
                await _killed_and_back(server)
            assert await _read(*urls) == (42, b"42")


async def _killed_and_back(server: EmbeddedServer) -> None:
    killed = server.pid
    os.kill(killed, signal.SIGKILL)
    async with asyncio.timeout(LIMIT_S):
        while not await _answers_anew(server, killed):
            await asyncio.sleep(0.02)


async def _answers_anew(server: EmbeddedServer, killed: int) -> bool:
    if server.running is None or server.pid == killed:
        return False
    try:
        await server.probe()
    except OSError:
        return False
    return True


async def test_second_run_is_refused_when_one_owns_the_folder(open_folder: Path) -> None:
    with DataFolder(open_folder), pytest.raises(FolderInUseError, match=str(open_folder)), DataFolder(open_folder):
        pass


async def test_new_port_is_taken_when_the_kept_one_belongs_to_another(open_folder: Path) -> None:
    with DataFolder(open_folder) as folder:
        server = ValkeyServer(folder)
        await server.start()
        first = server.listening_port
        await server.stop()
        squatter = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", first)
        async with squatter:
            again = ValkeyServer(folder)
            await again.start()
            assert again.listening_port != first
            await again.stop()


async def test_stale_pid_file_is_ignored_when_another_process_has_that_number(open_folder: Path) -> None:
    with DataFolder(open_folder) as folder:
        server = PostgresServer(folder, durable=False)
        await server.start()
        os.kill(server.pid, signal.SIGKILL)
        await server.stop()
        stale = server.home / "postmaster.pid"
        stale.write_text(stale.read_text().replace(stale.read_text().split("\n", 1)[0], str(os.getpid()), 1))
        await server.start()
        await server.probe()
        await server.stop()


async def test_error_shows_the_log_when_a_server_does_not_start(open_folder: Path) -> None:
    with DataFolder(open_folder) as folder:
        server = ValkeyServer(folder, {"no-such-setting": "1"})
        with pytest.raises(Exception, match=r"valkey ended while it was starting; its log .*no-such-setting"):
            await server.start()


async def test_error_says_so_when_the_remembered_password_is_lost(open_folder: Path) -> None:
    with DataFolder(open_folder) as folder:
        server = PostgresServer(folder, durable=False)
        await server.start()
        await server.stop()
        folder.remember("postgres_password", "lost")
        with pytest.raises(ServiceFailedError, match="does not know our password"):
            await server.start()
