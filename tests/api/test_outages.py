"""PostgreSQL and the live store go away and come back: the process lives, says so, and recovers by itself."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from api.embedded.folder import DataFolder
from api.embedded.valkey import ValkeyServer
from parking.db.unit_of_work import Database
from tests.api import small_city
from tests.api.http_process import PATIENCE_S, Process, bearing, engine_beside, http_process, make_key, reading

pytestmark = pytest.mark.service


async def test_reads_go_on_stale_and_readings_are_refused_when_the_live_store_is_killed(
    database: Database, database_url: str, open_folder: Path
) -> None:
    await small_city.build(database)
    await small_city.equip(database)
    key = await make_key(database)
    async with AsyncExitStack() as stack:
        valkey = ValkeyServer(stack.enter_context(DataFolder(open_folder)))
        await valkey.start()
        stack.push_async_callback(valkey.stop)
        async with engine_beside(database, valkey.url), http_process(database_url, valkey.url) as process:
            await process.until_ready()
            body = {"readings": [reading("d1", "occupied")]}
            assert (await process.client.post("/v1/readings", json=body, headers=bearing(key))).status_code == 202
            await process.until("/v1/zones/Z1", lambda zone: zone["occupied"] == 1 and not zone["stale"])
            await valkey.stop()
            stale = await process.until("/v1/zones/Z1", lambda zone: bool(zone["stale"]))
            assert (stale["occupied"], stale["unknown"]) == (1, 1)
            refused = await process.client.post(
                "/v1/readings", json={"readings": [reading("d2", "free")]}, headers=bearing(key)
            )
            assert (refused.status_code, refused.json()["code"]) == (503, "live_store_unavailable")
            assert refused.headers["retry-after"] == "1"
            assert (await process.client.get("/readyz")).status_code == 503
            assert (await process.client.get("/healthz")).status_code == 200
            await valkey.start()
            await process.until("/v1/zones/Z1", lambda zone: not zone["stale"])
            await _until_accepted(process, key, [reading("d2", "free")])
            await process.until("/v1/zones/Z1", lambda zone: zone["vacant"] == 1 and zone["occupied"] == 1)
            await process.until_ready()


async def test_process_answers_from_memory_when_the_database_drops_every_connection(
    database: Database, database_url: str, redis_url: str
) -> None:
    await small_city.build(database)
    address, _, name = database_url.rpartition("/")
    async with engine_beside(database, redis_url), http_process(database_url, redis_url) as process:
        await process.until_ready()
        connection = await asyncpg.connect(f"{address}/postgres")
        try:
            await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
            await connection.execute(drop, name)
            missing = await process.until("/readyz", lambda found: found.get("code") == "not_ready")
            assert missing["missing"] == ["the database does not answer"]
            assert (await process.client.get("/v1/zones/Z1/spaces")).status_code == 200
            await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        finally:
            await connection.close()
        await process.until_ready()
        await _until_accepted(process, await make_key(database), [])


async def _until_accepted(process: Process, key: str, readings: list[dict[str, object]]) -> None:
    """As a gateway does: a connection of before the outage may be found dead only when it is used."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await process.client.post("/v1/readings", json={"readings": readings}, headers=bearing(key))
            if answer.status_code == 202:
                return
            assert answer.status_code in {401, 503}, answer.text
            await asyncio.sleep(0.05)
