"""The event bus for a command of a person: opened for a block, closed after it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.settings import Settings
from parking.bus.connection import open_redis
from parking.bus.redis_streams import RedisStreamsBus


@asynccontextmanager
async def open_bus(settings: Settings) -> AsyncIterator[RedisStreamsBus]:
    """Raises `SettingMissingError` when no address is set."""
    redis = open_redis(settings.required_redis_url, replicas=settings.replicas)
    try:
        yield RedisStreamsBus(redis)
    finally:
        await redis.aclose()
