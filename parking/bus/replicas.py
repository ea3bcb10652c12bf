"""Waiting until what was written stands on replicas as well, where the installation asks for it (`PARKING_REPLICAS`).

Replicas copy after the answer. A primary that dies, or is cut off and replaced, takes with it what no replica had yet; whoever must not
lose what it has promised therefore waits before it promises. One wait serves everything that a pipeline has written to a node.
"""

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from parking.bus.cluster import ClusterPipeline, ClusterRedis
from parking.bus.waiting import checked, wait_for


class ServerRedis(Redis):
    """The client of one server."""

    replicas: int = 0
    """How many replicas must have on their disks what `replicated` writes."""


def replicas_of(redis: Redis) -> int:
    return redis.replicas if isinstance(redis, ServerRedis | ClusterRedis) else 0


async def has_replicas(redis: Redis) -> bool:
    """Whether a replica stands by now; of a cluster it is taken that one does. Raises RedisError."""
    if isinstance(redis, ClusterRedis):
        return True
    told: dict[str, Any] = await redis.info("replication")
    return int(told["connected_slaves"]) > 0


async def replicated(redis: Redis, pipeline: Pipeline) -> list[Any]:
    """Execute a pipeline that is no transaction; its writes then stand on the replicas that the client asks for.

    Raises `ReplicasBehindError` when they do not in time: the writes have happened, and may be lost or not. Raises RedisError.
    """
    wanted = replicas_of(redis)
    if isinstance(pipeline, ClusterPipeline):
        pipeline.replicas = wanted
        return await pipeline.execute()
    if wanted:
        pipeline.execute_command(*wait_for(wanted))
    answers = await pipeline.execute()
    return checked(answers, wanted) if wanted else answers
