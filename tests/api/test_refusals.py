"""Nothing is lost when a server is full, read-only or wrongly set: the door says so, and goes on by itself afterwards."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from api.embedded.folder import DataFolder
from api.embedded.postgres import PostgresServer
from api.embedded.process import is_root, nobody_ids
from api.embedded.valkey import ValkeyServer
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.occupancy.history import HistoryWriter
from tests.api import small_city
from tests.api.http_process import PATIENCE_S, Process, bearing, engine_beside, http_process, make_key, reading
from tests.api.small_disk import Disk, small_disk
from tests.parking.occupancy.live import running

pytestmark = pytest.mark.service
BATCH: Final = 500
MEMORY: Final = "16mb"
"""Of which a quarter of a MiB may wait in one shard: some thousands of readings."""
CITY: Final = "city_on_a_full_disk"
Refused = dict[str, Any]


class Gateway:
    """Sends numbered readings and remembers which of them were answered with 202."""

    def __init__(self, process: Process, key: str) -> None:
        self._process = process
        self._key = key
        self._sent = 0
        self.acknowledged: set[str] = set()

    async def send(self, count: int = 1) -> httpx.Response:
        ids = [f"r{self._sent + n}" for n in range(count)]
        self._sent += count
        status = "occupied" if self._sent % 2 else "free"
        body = {"readings": [reading(f"d{1 + n % 2}", status, id=one) for n, one in enumerate(ids)]}
        answer = await self._process.client.post("/v1/readings", json=body, headers=bearing(self._key))
        if answer.status_code == 202:
            assert answer.json()["accepted"] == count, answer.text
            self.acknowledged.update(ids)
        else:
            assert answer.status_code in {401, 503}, answer.text
        return answer

    async def until_refused(self, code: str, *, at_a_time: int = 1) -> Refused:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                answer = await self.send(at_a_time)
                if answer.status_code == 503 and answer.json()["code"] == code:
                    assert answer.headers["retry-after"] == "1"
                    refused: Refused = answer.json()
                    return refused
                await asyncio.sleep(0.02)

    async def until_taken(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while (await self.send()).status_code != 202:
                await asyncio.sleep(0.05)

    async def ready_says(self, words: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while words not in (await self._process.client.get("/readyz")).text:
                await asyncio.sleep(0.05)


@pytest.fixture
def live_disk(open_folder: Path) -> Iterator[Disk]:
    with small_disk(open_folder / "live", 64) as disk:
        yield disk


@pytest.fixture
def database_disk(
    open_folder: Path,
    postgres_server: PostgresServer,
    postgres_template: str,
    servers_loop: asyncio.AbstractEventLoop,
) -> Iterator[Disk]:
    """The disk on which the tables of the database `CITY` lie."""

    async def execute(*statements: str) -> None:
        connection = await asyncpg.connect(postgres_server.address_of("postgres"))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    with small_disk(open_folder / "tables", 96) as disk:
        place = disk.place / "space"
        place.mkdir(mode=0o700)
        if is_root():
            os.chown(place, *nobody_ids())
        make = f"CREATE DATABASE {CITY} TEMPLATE {postgres_template} TABLESPACE small STRATEGY file_copy"
        servers_loop.run_until_complete(execute(f"CREATE TABLESPACE small LOCATION '{place}'", make))
        yield disk
        servers_loop.run_until_complete(execute(f"DROP DATABASE {CITY} WITH (FORCE)", "DROP TABLESPACE small"))


async def make_read_only(server: PostgresServer, value: str) -> None:
    """As a person does who wants no more writes; whoever is connected begins anew."""
    connection = await asyncpg.connect(server.address_of("postgres"))
    try:
        await connection.execute(f"ALTER DATABASE {CITY} SET default_transaction_read_only TO {value}")
        drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
        await connection.execute(drop, CITY)
    finally:
        await connection.close()


async def until_in_history(database: Database, acknowledged: set[str]) -> None:
    """Each of them once, and nothing else twice."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with database.transaction() as session:
                rows = await session.execute(text("SELECT event_id FROM observation"))
                found = [event_id for (event_id,) in rows]
            if acknowledged <= set(found):
                assert len(found) == len(set(found))
                return
            await asyncio.sleep(0.1)


async def test_nothing_acknowledged_is_lost_when_stores_are_full_read_only_or_wrongly_set(
    live_disk: Disk, database_disk: Disk, postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    database_url = postgres_server.address_of(CITY)
    async with AsyncExitStack() as stack:
        database = Database(open_engine(database_url))
        stack.push_async_callback(database.close)
        await small_city.build(database)
        await small_city.equip(database)
        valkey = ValkeyServer(stack.enter_context(DataFolder(live_disk.place / "data")), {"maxmemory": MEMORY})
        await valkey.start()
        stack.push_async_callback(valkey.stop)
        redis = await stack.enter_async_context(Redis.from_url(valkey.url))
        await stack.enter_async_context(engine_beside(database, valkey.url))
        await stack.enter_async_context(running(HistoryWriter(redis, database).run()))
        process = await stack.enter_async_context(http_process(database_url, valkey.url))
        await process.until_ready()
        gateway = Gateway(process, await make_key(database))
        await gateway.until_taken()
        await wrongly_set(redis, gateway)
        async with table_locked(database_url):
            await history_stands_still(gateway)
        await gateway.until_taken()
        await make_read_only(postgres_server, "on")
        await history_stands_still(gateway)
        await make_read_only(postgres_server, "off")
        await gateway.until_taken()
        assert said(caplog, "read-only transaction")
        if database_disk.can_be_filled:
            with database_disk.filled():
                await history_stands_still(gateway)
            await gateway.until_taken()
            assert said(caplog, "No space left on device")
        if live_disk.can_be_filled:
            with live_disk.filled():
                await gateway.until_refused("live_store_unavailable", at_a_time=BATCH)
                assert await valkey.ended() == 1
                await gateway.ready_says("live store")
            await valkey.start()
            await gateway.until_taken()
        await until_in_history(database, gateway.acknowledged)
        await process.until_ready()
    assert len(gateway.acknowledged) > BATCH


@asynccontextmanager
async def table_locked(database_url: str) -> AsyncIterator[None]:
    """As by somebody who changes the table by hand: whoever writes to it waits, and nothing fails."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE observation IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def history_stands_still(gateway: Gateway) -> None:
    refused = await gateway.until_refused("backlog_full", at_a_time=BATCH)
    assert refused["cause"] == "history_behind"
    await gateway.ready_says("history does not commit")


def said(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return any(words in record.getMessage() for record in caplog.records)


async def wrongly_set(redis: Redis, gateway: Gateway) -> None:
    """What a person may do to a running live store, each taken back at once."""
    used = int((await redis.info("memory"))["used_memory"])
    for setting, bad, good, code in (
        ("maxmemory-policy", "allkeys-lru", "noeviction", "live_store_evicts"),
        ("appendfsync", "everysec", "always", "live_store_not_durable"),
        ("maxmemory", str(used), MEMORY, "live_store_full"),
    ):
        await redis.config_set(setting, bad)
        await gateway.until_refused(code)
        await redis.config_set(setting, good)
        await gateway.until_taken()
