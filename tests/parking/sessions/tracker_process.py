"""The consumer of stays in a process of its own, to be killed: `python -m … DATABASE_URL REDIS_URL`."""

import asyncio
import sys

from redis.asyncio import Redis

from parking.bus.lane import RetryDelay
from parking.bus.redis_streams import RedisStreamsBus
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.sessions.consumer import SessionTracker

LEASE_S = 0.5


async def main(database_url: str, redis_url: str) -> None:
    database = Database(open_engine(database_url))
    async with Redis.from_url(redis_url) as redis:
        bus = RedisStreamsBus(redis, lease_s=LEASE_S, delay=RetryDelay(first_s=0.02, limit_s=0.1))
        await bus.run(SessionTracker(database, utc_now).subscription)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
