"""The live store and the database of a command that looks after both."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from api.cli.database import outages_told
from api.settings import find_settings
from parking.domain.errors import UnavailableError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from parking.db.unit_of_work import Database

T = TypeVar("T")
POOL_SIZE = 4


def with_live_store(work: "Callable[[Redis, Database], Awaitable[T]]") -> T:
    """Do the work with the servers of the settings; raises what it raises, and UnavailableError where one does not answer."""
    from redis.exceptions import RedisError  # noqa: PLC0415 - heavy, and not for --help

    from parking.bus.connection import open_redis  # noqa: PLC0415 - as above
    from parking.db.engine import open_engine  # noqa: PLC0415 - as above
    from parking.db.unit_of_work import Database  # noqa: PLC0415 - as above

    async def whole() -> T:
        settings = find_settings()
        database = Database(open_engine(settings.required_database_url, pool_size=POOL_SIZE))
        redis = open_redis(settings.required_redis_url)
        try:
            return await work(redis, database)
        except RedisError as error:
            raise UnavailableError(
                f"the live store does not answer, see 'parking doctor': {error}", code="live_store_unavailable"
            ) from error
        finally:
            await redis.aclose()
            await database.close()

    with outages_told():
        return asyncio.run(whole())
