"""`parking up` runs a whole installation, keeps it running, and leaves nothing behind."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from api.embedded.folder import free_port
from api.embedded.postgres import PostgresServer
from api.embedded.process import processes_in
from api.embedded.valkey import ValkeyServer
from api.installation.children import INTERPRETER, WORKING_FOLDER
from api.installation.readiness import is_ready
from api.installation.run import PROCESSES
from api.settings import ADDRESSES
from tests.api.installation.running import READY_WITHIN_S, Up, up

pytestmark = [pytest.mark.service, pytest.mark.chaos]

CHILDREN = len(PROCESSES) + 1
"""The door, the engine and the worker, and the city modules in a process of their own."""


def _processes(data: Path) -> list[int]:
    return processes_in(data / WORKING_FOLDER, INTERPRETER)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(module_folder: Path) -> AsyncIterator[Up]:
    """One for several tests, in their order: each start takes seconds of the processor."""
    async with up(module_folder / "data") as one:
        await one.ready()
        await _complete(one.data)
        yield one


@pytest.mark.asyncio(loop_scope="module")
async def test_everything_runs_when_started(running: Up) -> None:
    assert (running.data / ADDRESSES).stat().st_mode & 0o777 == 0o600
    connection = await asyncpg.connect(running.settings.required_database_url)
    assert await connection.fetchval("SELECT count(*) FROM space") == 0
    await connection.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_second_run_is_refused_in_one_line_when_one_runs(running: Up) -> None:
    async with up(running.data) as second:
        said = (await second.process.communicate())[0].decode()
    assert second.process.returncode == 2
    assert len(said.splitlines()) == 1
    assert "data_folder_in_use" in said
    assert await is_ready(f"http://127.0.0.1:{running.port}")


@pytest.mark.asyncio(loop_scope="module")
async def test_installation_is_ready_again_when_its_servers_are_killed(running: Up) -> None:
    for name, executables in (("valkey", ValkeyServer.executables), ("postgres/data", PostgresServer.executables)):
        for pid in processes_in(running.data / name, executables):
            os.kill(pid, signal.SIGKILL)
        await _answers_again(running)


@pytest.mark.asyncio(loop_scope="module")
async def test_process_comes_back_when_it_is_killed(running: Up) -> None:
    for pid in _processes(running.data):
        os.kill(pid, signal.SIGKILL)
        running.killed += 1
        await _replaced(running, pid)
    assert running.killed == CHILDREN


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_is_left_when_interrupted(running: Up) -> None:
    status, said = await running.stop()
    assert status == 0
    assert f"http://127.0.0.1:{running.port}/" in said
    assert "Traceback" not in said
    assert len(re.findall(r"parking \w+ ended .* starting it again", said)) == running.killed
    assert _processes(running.data) == []
    assert processes_in(running.data / "valkey", ValkeyServer.executables) == []
    assert processes_in(running.data / "postgres" / "data", PostgresServer.executables) == []
    assert not (running.data / ADDRESSES).exists()


async def _complete(data: Path) -> None:
    """The last process is started when the first ones are ready."""
    async with asyncio.timeout(READY_WITHIN_S):
        while len(_processes(data)) != CHILDREN:
            await asyncio.sleep(0.05)


async def _replaced(running: Up, killed: int) -> None:
    async with asyncio.timeout(READY_WITHIN_S):
        while killed in _processes(running.data) or len(_processes(running.data)) < CHILDREN:
            await asyncio.sleep(0.05)
    await running.ready()


async def _answers_again(running: Up) -> None:
    settings = running.settings
    async with asyncio.timeout(READY_WITHIN_S):
        while not await _servers_answer(settings.required_database_url, settings.required_redis_url):
            await asyncio.sleep(0.05)
    await running.ready()


async def _servers_answer(database_url: str, redis_url: str) -> bool:
    try:
        await (await asyncpg.connect(database_url)).close()
        async with Redis.from_url(redis_url) as client:
            return bool(await client.ping())
    except Exception:  # noqa: BLE001 - whatever a server says while it starts
        return False


async def test_next_start_takes_over_when_the_run_was_killed(open_folder: Path) -> None:
    data, port = open_folder / "data", free_port()
    async with up(data, port) as first:
        await first.ready()
        first.process.kill()
        await first.process.communicate()
        async with up(data, port) as second:
            await second.ready()
            assert (await second.stop())[0] == 0


async def test_run_is_refused_in_one_line_when_the_port_is_taken(open_folder: Path) -> None:
    squatter = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with squatter:
        port = squatter.sockets[0].getsockname()[1]
        async with up(open_folder / "data", port) as running:
            said = (await running.process.communicate())[0].decode()
    assert running.process.returncode == 2
    assert len(said.splitlines()) == 1
    assert "port_in_use" in said


async def test_run_is_refused_in_one_line_when_its_own_database_is_away(open_folder: Path) -> None:
    away = {"PARKING_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none"}
    async with up(open_folder / "data", environment=away) as running:
        said = (await running.process.communicate())[0].decode()
    assert running.process.returncode == 2
    assert len(said.splitlines()) == 1
    assert "database_unreachable" in said


async def test_own_servers_are_used_when_their_addresses_are_set(
    open_folder: Path, database_url: str, redis_url: str, mqtt_url: str
) -> None:
    own = {"PARKING_DATABASE_URL": database_url, "PARKING_REDIS_URL": redis_url, "PARKING_MQTT_URL": mqtt_url}
    async with up(open_folder / "data", environment=own) as running:
        await running.ready()
        assert running.settings.database_url == database_url
        assert not (open_folder / "data" / "postgres").exists()
        assert (await running.stop())[0] == 0
