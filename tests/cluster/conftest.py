"""The cluster that tests talk to: started once, emptied for every test, and used through the addresses of one server."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from parking.bus.cluster import ClusterRedis
from parking.bus.connection import open_redis
from parking.bus.ports import EventBus
from parking.bus.redis_streams import RedisStreamsBus
from tests.cluster.nodes import Cluster
from tests.conftest import MEMORY
from tests.parking.bus.conftest import DELAY, LEASE_S


@pytest.fixture(scope="package")
def cluster(servers_loop: asyncio.AbstractEventLoop) -> Iterator[Cluster]:
    """Gone when its tests are over: six nodes that ask each other how they are keep a processor busy."""
    path = Path(tempfile.mkdtemp(prefix="parking-test-", dir=MEMORY if MEMORY.is_dir() else None))
    started = Cluster(path)
    servers_loop.run_until_complete(started.start())
    yield started
    servers_loop.run_until_complete(started.stop())
    shutil.rmtree(path)


@pytest.fixture
def redis_url(cluster: Cluster, servers_loop: asyncio.AbstractEventLoop) -> str:
    servers_loop.run_until_complete(cluster.empty())
    return cluster.url


class WholeCluster(ClusterRedis):
    """Answers also the two questions that tests ask of a whole store, which no part of the platform asks."""

    async def flushall(self, asynchronous: bool = False, **kwargs: Any) -> bool:  # noqa: FBT001, FBT002, ANN401 - as inherited
        del asynchronous, kwargs
        for node in await self.routes.primaries():
            await node.flushall()
        return True

    async def keys(self, pattern: Any = "*", **kwargs: Any) -> list[Any]:  # noqa: ANN401 - as inherited
        del kwargs
        return [name for node in await self.routes.primaries() for name in await node.keys(pattern)]


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = open_redis(redis_url)
    assert isinstance(client, ClusterRedis)
    client.__class__ = WholeCluster
    yield client
    await client.aclose()


@pytest.fixture
async def redis_bus(redis: Redis) -> RedisStreamsBus:
    return RedisStreamsBus(redis, delay=DELAY, lease_s=LEASE_S)


@pytest.fixture
async def bus(redis_bus: RedisStreamsBus) -> EventBus:
    """The durable one of the buses that keep the contract."""
    return redis_bus
