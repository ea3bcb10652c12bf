"""The cluster that tests talk to: started once per run, emptied for every test, and used through the addresses of one server."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from parking.bus.connection import open_redis
from tests.cluster.nodes import Cluster
from tests.conftest import MEMORY


@pytest.fixture(scope="session")
def cluster(servers_loop: asyncio.AbstractEventLoop) -> Iterator[Cluster]:
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


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = open_redis(redis_url)
    yield client
    await client.aclose()
