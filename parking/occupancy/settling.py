"""Telling on only what no failover can take back, where the installation waits for replicas."""

from collections.abc import Mapping

from redis.asyncio import Redis

from parking.bus.replicas import replicas_of, replicated
from parking.bus.waiting import ReplicasBehindError
from parking.occupancy import keys


async def settle(redis: Redis, reached: Mapping[int, str]) -> None:
    """Wait until the replicas that the client asks for have each shard's changes up to the entry that was read.

    A replica copies in order, so a mark that is written now and waited for stands behind them, if they are there: what was read may have
    come from a primary that did not know that it was replaced. Raises RedisError; then nothing may be told on.
    """
    if not reached or not replicas_of(redis):
        return
    async with redis.pipeline(transaction=False) as pipeline:
        for shard, change_id in reached.items():
            pipeline.set(keys.settled(shard), change_id)
            pipeline.xrange(keys.changes(shard), change_id, change_id)
        answers = await replicated(redis, pipeline)
    gone = [shard for shard, found in zip(reached, answers[1::2], strict=True) if not found]
    if gone:
        raise ReplicasBehindError(f"what was read of the shards {gone} is not there any more")
