"""The worker: a reading at the broker comes out as counts, history and events; it waits for servers and stops at once."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis.asyncio import Redis
from sqlalchemy import text

from api.bootstrap.working import ROLES, Working
from api.cli import work
from api.cli.root import cli
from api.embedded.folder import DataFolder
from api.embedded.valkey import ValkeyServer
from api.settings import DATABASE_URL, MQTT_URL, REDIS_URL, SettingMissingError
from devices.transport.mqtt_publisher import MqttPublisher
from parking.bus.codec import fact_of
from parking.bus.redis_streams import RedisStreamsBus
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.events.envelope import CloudEvent
from parking.events.space import SpaceStateChanged
from parking.occupancy.live_reader import LiveReader
from parking.occupancy.model import ZoneCounts
from parking.occupancy.shards import shard_of
from tests.api.http_process import settings_for
from tests.api.small_city import build, equip

pytestmark = pytest.mark.service
PATIENCE_S = 90.0
ADDRESSES = {DATABASE_URL: "", REDIS_URL: "", MQTT_URL: "", "PARKING_DATA": "/nonexistent/parking"}


async def counts_of(redis: Redis, zone_id: str) -> ZoneCounts | None:
    return (await LiveReader(redis).snapshot(shard_of(zone_id))).counts.get(zone_id)


async def until_written(database: Database, table: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with database.transaction() as session:
                found = await session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - of this file
            if found:
                return
            await asyncio.sleep(0.02)


async def next_event(redis: Redis, kind: str) -> CloudEvent:
    start = utc_now().replace(year=2020)
    async with asyncio.timeout(PATIENCE_S):
        async for event in RedisStreamsBus(redis).tail(frozenset({kind}), start):
            return event
    raise AssertionError("the tail ended")


async def report(mqtt_url: str, device: str, status: str) -> None:
    body = {"observed_at": utc_now().isoformat(), "status": status, "kind": "change"}
    async with MqttPublisher(mqtt_url) as publisher:
        await publisher.publish(f"parking/v1/test/{device}/event", json.dumps(body).encode())


async def report_until_occupied(mqtt_url: str, redis: Redis, device: str, occupied: int) -> None:
    """Again and again, because a broker that has no subscriber yet drops what it is sent."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            await report(mqtt_url, device, "occupied")
            for _ in range(50):
                counts = await counts_of(redis, "Z2")
                if counts is not None and counts.occupied == occupied:
                    return
                await asyncio.sleep(0.02)


@asynccontextmanager
async def worker_process(*addresses: str) -> AsyncIterator[asyncio.subprocess.Process]:
    names = (DATABASE_URL, REDIS_URL, MQTT_URL)
    environment = {**os.environ, **dict(zip(names, addresses, strict=True))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api.cli", "work", env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_command_offers_the_roles_that_there_are() -> None:
    """The command has them written out, because reading them would load the whole worker for `--help`."""
    assert work.ROLES == ROLES


async def test_reading_becomes_counts_history_and_events_when_the_worker_runs(
    database: Database, database_url: str, redis: Redis, redis_url: str, mqtt_url: str
) -> None:
    await build(database)
    await equip(database)
    async with worker_process(database_url, redis_url, mqtt_url) as process:
        async with asyncio.timeout(PATIENCE_S):
            while await counts_of(redis, "Z2") is None:
                await asyncio.sleep(0.02)
        await report_until_occupied(mqtt_url, redis, "d4", 1)
        await until_written(database, "observation")
        async with asyncio.timeout(PATIENCE_S):
            while True:
                fact = fact_of(await next_event(redis, SpaceStateChanged.TYPE))
                if isinstance(fact, SpaceStateChanged):
                    break
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        assert "Traceback" not in said.decode()
        assert "worker has stopped" in said.decode()


@pytest.fixture
def own_valkey(open_folder: Path, servers_loop: asyncio.AbstractEventLoop) -> Iterator[ValkeyServer]:
    """A server that the test may stop and kill."""
    with DataFolder(open_folder) as folder:
        server = ValkeyServer(folder)
        servers_loop.run_until_complete(server.start())
        yield server
        servers_loop.run_until_complete(server.stop())


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


async def test_worker_waits_and_says_so_once_when_the_live_store_is_down_at_start(
    database: Database, database_url: str, mqtt_url: str, own_valkey: ValkeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    await build(database)
    await equip(database)
    await own_valkey.stop()
    settings = replace(settings_for(database_url, own_valkey.url), mqtt_url=mqtt_url)
    working = asyncio.ensure_future(Working(settings, ROLES).run())
    async with asyncio.timeout(PATIENCE_S):
        while not warnings_of(caplog):
            await asyncio.sleep(0.02)
    # Long enough for several tries.
    done, _ = await asyncio.wait([working], timeout=1.0)
    assert not done
    messages = warnings_of(caplog)
    assert len(messages) == len(set(messages))
    await own_valkey.start()
    async with Redis.from_url(own_valkey.url) as redis:
        await report_until_occupied(mqtt_url, redis, "d4", 1)
        os.kill(own_valkey.pid, signal.SIGKILL)
        await own_valkey.ended()
        await own_valkey.start()
    async with Redis.from_url(own_valkey.url) as redis:
        await report_until_occupied(mqtt_url, redis, "d5", 2)
    working.cancel()
    await asyncio.wait([working], timeout=60)
    assert working.cancelled()


async def test_only_what_the_roles_need_is_asked_for_when_an_address_is_missing(
    database_url: str, redis_url: str
) -> None:
    without_broker = settings_for(database_url, redis_url)
    with pytest.raises(SettingMissingError):
        Working(without_broker, ROLES)
    working = asyncio.ensure_future(Working(without_broker, {"schedule"}).run())
    done, _ = await asyncio.wait([working], timeout=0.3)
    assert not done
    working.cancel()
    await asyncio.wait([working], timeout=60)
    assert working.cancelled()


def test_missing_address_is_one_line_when_the_command_starts() -> None:
    result = CliRunner(env=ADDRESSES).invoke(cli, ["work", "--roles", "relay"])
    assert isinstance(result.exception, SettingMissingError)
    assert DATABASE_URL in result.exception.detail
