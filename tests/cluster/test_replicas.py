"""What is promised stands on a replica as well, where the installation says so; where none answers, nothing is promised."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis.asyncio import Redis

from parking.bus.connection import open_redis
from parking.domain.errors import UnavailableError
from parking.occupancy import keys
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shards import shard_of
from tests.cluster.nodes import Cluster
from tests.parking.occupancy.samples import reading

pytestmark = pytest.mark.service
SHARD = shard_of("z1")


@contextmanager
def paused(cluster: Cluster, number: int) -> Iterator[None]:
    os.kill(cluster.nodes[number].pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(cluster.nodes[number].pid, signal.SIGCONT)


async def test_nothing_is_promised_while_no_replica_has_it(redis_url: str, redis: Redis, cluster: Cluster) -> None:
    waiting = open_redis(redis_url, replicas=1)
    stream = RedisReadingStream(waiting)
    await stream.append([reading(zone="z1"), reading(zone="z2")])
    primary = await cluster.primary_of(keys.readings(SHARD))
    replica = await cluster.replica_of(keys.readings(SHARD))
    homes = {name: await cluster.primary_of(keys.readings(shard_of(name))) for name in (f"z{n}" for n in range(9))}
    elsewhere = next(name for name, home in homes.items() if home != primary)
    with paused(cluster, replica):
        with pytest.raises(UnavailableError) as refused:
            await stream.append([reading(zone="z1")])
        assert refused.value.code == "replicas_behind"
        await stream.append([reading(zone=elsewhere)])
        # Who does not ask for it does not wait.
        await RedisReadingStream(redis).append([reading(zone="z1")])
    await stream.append([reading(zone="z1")])
    await waiting.aclose()
