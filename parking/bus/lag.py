"""How far the consumers of the durable bus are behind, and what they have given up."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from parking.bus import keys
from parking.bus.positions import entry_id, positions


@dataclass(slots=True)
class ConsumerLag:
    """Over all partitions."""

    entries: int = 0
    """Given out and not finished, or not given out yet."""
    oldest_ms: int | None = None
    """When the oldest of them came onto the bus, by the clock of the server; None when nothing waits."""
    dead_letters: int = 0


async def bus_lag(redis: Redis) -> Mapping[str, ConsumerLag]:
    """By consumer. Raises RedisError."""
    lags: defaultdict[str, ConsumerLag] = defaultdict(ConsumerLag)
    for partition in keys.PARTITIONS:
        name = keys.stream(partition)
        for position in await positions(redis, partition):
            lag = lags[position.consumer]
            lag.entries += position.waiting
            oldest: Any = await redis.xrange(name, position.needs, count=1) if position.waiting else []
            for found, _ in oldest:
                came_ms, _ = entry_id(found.decode())
                lag.oldest_ms = came_ms if lag.oldest_ms is None else min(lag.oldest_ms, came_ms)
    given_up: Any = await redis.smembers(keys.DEAD_CONSUMERS)
    for consumer in given_up:
        lags[consumer.decode()].dead_letters = await redis.hlen(keys.dead(consumer.decode()))
    return lags
