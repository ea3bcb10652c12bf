"""Telling on only what no failover can take back, where the installation waits for replicas."""

from collections.abc import Collection

from redis.asyncio import Redis

from parking.bus.replicas import replicas_of, replicated
from parking.occupancy import keys


async def settle(redis: Redis, shards: Collection[int]) -> None:
    """Wait until the replicas that the client asks for have everything of these shards that was there to be read.

    A replica copies in order, so a mark that is written now and waited for stands behind all of it. Raises RedisError.
    """
    if not shards or not replicas_of(redis):
        return
    async with redis.pipeline(transaction=False) as pipeline:
        for shard in shards:
            pipeline.set(keys.settled(shard), 1)
        await replicated(redis, pipeline)
