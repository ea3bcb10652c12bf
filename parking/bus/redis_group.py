"""Members and leases of one consumer on the durable bus."""

import uuid

from redis.asyncio import Redis

from parking.bus import keys
from parking.bus.arrivals import Arrivals
from parking.bus.before_families import is_waiting, standing_in
from parking.bus.ports import Subscription
from parking.bus.positions import positions
from parking.bus.redis_lane import RedisLane
from parking.bus.scripts import Scripts


class RedisGroup:
    """Implements `Group`; times are the server's, so the clocks of two machines need not agree."""

    def __init__(
        self, redis: Redis, scripts: Scripts, arrivals: Arrivals, subscription: Subscription, *, lease_s: float
    ) -> None:
        self._redis = redis
        self._scripts = scripts
        self._arrivals = arrivals
        self._types = subscription.types
        self._consumer = subscription.consumer
        self._member = uuid.uuid4().hex
        self._lease_ms = int(lease_s * 1000)

    async def partitions(self) -> tuple[int, ...]:
        """Those of the families that are listened to, and any in which the consumer stands from before there were families."""
        own = keys.partitions_of(self._types)
        return tuple(sorted(await standing_in(self._redis, self._consumer) - set(own))) + own

    async def beat(self) -> int:
        members: int = await self._scripts.beat(
            keys=[keys.members(self._consumer)], args=[self._member, self._lease_ms]
        )
        return members

    async def claim(self, partition: int) -> bool:
        name = keys.lease(partition, self._consumer)
        taken = await self._redis.set(name, self._member, nx=True, px=self._lease_ms)
        if not taken:
            return False
        if await self._stands_at(partition):
            return True
        if await is_waiting(self._redis, self._consumer, self._types, before=partition):
            await self.release(partition)
            return False
        await self._redis.xgroup_create(keys.stream(partition), self._consumer, "0", mkstream=True)
        return True

    async def renew(self, partition: int) -> bool:
        name = keys.lease(partition, self._consumer)
        return bool(await self._scripts.renew(keys=[name], args=[self._member, self._lease_ms]))

    async def release(self, partition: int) -> None:
        await self._scripts.release(keys=[keys.lease(partition, self._consumer)], args=[self._member])

    async def leave(self) -> None:
        await self._redis.zrem(keys.members(self._consumer), self._member)

    def store(self, partition: int) -> RedisLane:
        arrived = self._arrivals.bell(partition, self._types)
        return RedisLane(
            self._redis,
            self._scripts,
            arrived,
            partition=partition,
            consumer=self._consumer,
            member=self._member,
            types=self._types,
        )

    async def _stands_at(self, partition: int) -> bool:
        return any(position.consumer == self._consumer for position in await positions(self._redis, partition))
