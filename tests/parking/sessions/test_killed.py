"""The consumer of stays is killed again and again while cars come and go: every stay is there once, and whole."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from parking.bus.redis_streams import RedisStreamsBus
from parking.db.unit_of_work import Database
from tests.parking.sessions.city import SPACE, build, stays, told_types
from tests.parking.sessions.evidence import Sensor, minute

pytestmark = [pytest.mark.service, pytest.mark.chaos]
ROUNDS, STAYS, PATIENCE_S = 4, 15, 120


@asynccontextmanager
async def tracker(database_url: str, redis_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.parking.sessions.tracker_process", database_url, redis_url
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def known(database: Database, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(await stays(database)) < count:
            await asyncio.sleep(0.02)


async def test_every_stay_is_told_once_when_its_consumer_is_killed_at_any_moment(
    database: Database, database_url: str, redis: Redis, redis_url: str
) -> None:
    await build(database)
    sensor, bus, sent = Sensor(SPACE), RedisStreamsBus(redis), 0
    for number in range(ROUNDS):
        async with tracker(database_url, redis_url) as process:
            for _ in range(STAYS):
                await bus.publish(sensor.reads("occupied", minute(sent * 20)))
                await bus.publish(sensor.reads("free", minute(sent * 20 + 10)))
                sent += 1
            await known(database, sent - STAYS + 3 * number + 1)
            process.kill()
    async with tracker(database_url, redis_url):
        await known(database, sent)
        async with asyncio.timeout(PATIENCE_S):
            while any(stay.state == "open" for stay in await stays(database)):
                await asyncio.sleep(0.02)
    found = await stays(database)
    assert [(stay.started_at, stay.ended_at) for stay in found] == [
        (minute(number * 20 + 1), minute(number * 20 + 9)) for number in range(sent)
    ]
    assert await told_types(database) == ["SessionStarted", "SessionEnded"] * sent
