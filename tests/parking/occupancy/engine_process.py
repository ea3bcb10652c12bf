"""An engine in a process of its own, to be paused and killed: `python -m … URL LEASE_MS`."""

import asyncio
import sys

from parking.bus.connection import open_redis
from parking.occupancy.engine import Engine


async def main(url: str, lease_ms: int) -> None:
    async with open_redis(url) as redis:
        await Engine(redis, lease_ms=lease_ms, beat_s=0.05).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
