"""The door and the doctor ask every server of a cluster."""

import pytest
from redis.asyncio import Redis

from api.doctor.addresses import check_live_store
from api.doctor.finding import Grade
from parking.bus.connection import servers_of
from parking.domain.errors import UnavailableError
from parking.occupancy.reading_stream import RedisReadingStream
from tests.parking.occupancy.samples import reading

pytestmark = pytest.mark.service


async def test_nothing_comes_in_when_one_of_the_servers_may_drop_keys(redis: Redis, redis_url: str) -> None:
    await RedisReadingStream(redis).append([reading()])
    servers = await servers_of(redis)
    assert len(servers) == 3
    await servers[2].config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(UnavailableError) as refused:
            await RedisReadingStream(redis).append([reading()])
        found = [finding for finding in await check_live_store(redis_url) if finding.grade is Grade.FAIL]
    finally:
        await servers[2].config_set("maxmemory-policy", "noeviction")
    assert refused.value.code == "live_store_evicts"
    assert found[0].says == "maxmemory-policy is allkeys-lru"
    await RedisReadingStream(redis).append([reading()])
