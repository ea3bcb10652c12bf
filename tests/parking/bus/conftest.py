"""The buses under test, with short leases and retries."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from parking.bus.lane import RetryDelay
from parking.bus.local import LocalBus
from parking.bus.ports import EventBus
from parking.bus.redis_streams import RedisStreamsBus

DELAY = RetryDelay(first_s=0.02, factor=2.0, limit_s=0.1)
LEASE_S = 0.6


@pytest.fixture
async def redis_bus(redis: Redis) -> RedisStreamsBus:
    return RedisStreamsBus(redis, delay=DELAY, lease_s=LEASE_S)


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.service)])
def bus_address(request: pytest.FixtureRequest) -> str | None:
    """None for the bus in memory; apart from `bus` because servers are started outside of a running event loop."""
    return str(request.getfixturevalue("redis_url")) if request.param == "redis" else None


@pytest.fixture
async def bus(bus_address: str | None) -> AsyncIterator[EventBus]:
    """Every implementation of the port."""
    if bus_address is None:
        yield LocalBus(delay=DELAY, lease_s=LEASE_S)
        return
    client = Redis.from_url(bus_address)
    yield RedisStreamsBus(client, delay=DELAY, lease_s=LEASE_S)
    await client.aclose()
