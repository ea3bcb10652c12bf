"""A member in a process of its own, to be paused and killed: `python -m … URL LEASE_S`; prints what it handles."""

import asyncio
import sys

from parking.bus.codec import fact_of
from parking.bus.connection import open_redis
from parking.bus.redis_streams import RedisStreamsBus
from parking.events.envelope import CloudEvent
from parking.events.place import PlaceChanged
from tests.parking.bus.listening import subscribe


async def show(event: CloudEvent) -> None:
    fact = fact_of(event)
    assert isinstance(fact, PlaceChanged)
    print(fact.zone_id, fact.revision, flush=True)


async def main(url: str, lease_s: float) -> None:
    async with open_redis(url) as redis:
        await RedisStreamsBus(redis, lease_s=lease_s).run(subscribe(show))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
