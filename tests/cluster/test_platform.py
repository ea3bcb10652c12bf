"""The whole platform on a cluster: a reading at the door is counted in public, told on the bus and kept, with replicas waited for."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from api.bootstrap.working import ROLES, Working
from parking.bus.codec import fact_of
from parking.db.unit_of_work import Database
from parking.events.space import SpaceStateChanged
from tests.api import small_city
from tests.api.http_process import bearing, http_process, make_key, reading, settings_for
from tests.api.test_worker import next_event, until_written
from tests.parking.occupancy.live import running

pytestmark = pytest.mark.service


async def test_reading_is_counted_told_and_kept(
    redis: Redis, redis_url: str, database: Database, database_url: str
) -> None:
    await small_city.build(database)
    await small_city.equip(database)
    key = await make_key(database)
    settings = replace(settings_for(database_url, redis_url), replicas=1)
    roles = [role for role in ROLES if role != "ingest"]
    async with (
        running(Working(settings, roles).run()),
        http_process(database_url, redis_url, replicas=1) as process,
    ):
        await process.until_ready()
        body = {"readings": [reading("d1", "occupied"), reading("d4", "free")]}
        answer = await process.client.post("/v1/readings", json=body, headers=bearing(key))
        assert answer.status_code == 202
        await process.until("/v1/zones/Z1", lambda zone: zone["occupied"] == 1 and not zone["stale"])
        await process.until("/v1/zones/Z2", lambda zone: zone["vacant"] == 1 and not zone["stale"])
        fact = fact_of(await next_event(redis, SpaceStateChanged.TYPE))
        assert isinstance(fact, SpaceStateChanged)
        await until_written(database, "observation")
