"""Devices whose readings a person follows: each stage says in one line what it did with them, under the same name.

A device is followed for a time that the live store knows, so that every process hears of it and forgets it by itself. While
nobody is followed a stage looks at an empty set once a batch.
"""

import logging
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Any, Final

from redis.asyncio import Redis

from parking.domain.clock import to_micros

KEY: Final = "follow:devices"
"""Sorted set: device id by the millisecond at which it is followed no more."""
FIELDS: Final = "fields"
"""Attribute of a log record with what belongs in members of their own."""
NAME_BYTES: Final = 6

_log = logging.getLogger(__name__)


class Followed:
    """One for each process, kept up by its `StoreWatch`; one that nobody keeps up follows nobody."""

    def __init__(self) -> None:
        self.devices: frozenset[str] = frozenset()

    def tell(self, stage: str, device_id: str, observed_at: int | None, **facts: object) -> None:
        """One line; `observed_at` in microseconds since 1970 UTC is part of the reading's name."""
        fields = {"stage": stage, "device": device_id}
        if observed_at is not None:
            fields["reading"] = reading_name(device_id, observed_at)
        fields |= {name: str(value) for name, value in facts.items() if value is not None}
        said = " ".join(f"{name}={value}" for name, value in fields.items())
        _log.info("followed: %s", said, extra={FIELDS: fields})


def reading_name(device_id: str, observed_at: int) -> str:
    """The same at every stage, from what every stage knows, and without the device's id."""
    return blake2s(f"{device_id}@{observed_at}".encode(), digest_size=NAME_BYTES).hexdigest()


async def followed_at(redis: Redis, now: datetime) -> frozenset[str]:
    """Raises RedisError."""
    found: Any = await redis.zrangebyscore(KEY, to_micros(now) // 1000, "+inf")
    return frozenset(device.decode() if isinstance(device, bytes) else device for device in found)


async def follow(redis: Redis, device_id: str, now: datetime, lasting: timedelta) -> datetime:
    """Until when it is followed; ends at once where `lasting` is zero. Raises RedisError."""
    until = now + lasting
    async with redis.pipeline(transaction=True) as pipeline:
        pipeline.zremrangebyscore(KEY, "-inf", to_micros(now) // 1000)
        if lasting:
            pipeline.zadd(KEY, {device_id: to_micros(until) // 1000})
        else:
            pipeline.zrem(KEY, device_id)
        await pipeline.execute()
    return until
