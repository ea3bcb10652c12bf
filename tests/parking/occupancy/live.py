"""Running engines and waiting for what they do, bounded, for the tests of this folder."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis

from parking.occupancy.live_reader import LiveReader, ShardSnapshot
from parking.occupancy.shards import shard_of
from tests.parking.occupancy.samples import assert_counts_equal_spaces

WITHIN_S = 60.0


@asynccontextmanager
async def running(*coroutines: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run them beside the block; leaving it stops them, and a failure of one fails the block."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(coroutine) for coroutine in coroutines]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task


async def until(condition: Callable[[], Awaitable[bool]], *, within_s: float = WITHIN_S) -> None:
    """Ask again and again until it is so; raises TimeoutError when it is not within the time."""
    async with asyncio.timeout(within_s):
        while not await condition():
            await asyncio.sleep(0.01)


async def snapshot_when(
    redis: Redis, condition: Callable[[ShardSnapshot], bool], *, zone_id: str = "z1", within_s: float = WITHIN_S
) -> ShardSnapshot:
    """The first snapshot of the zone's shard for which the condition holds; each one seen must be consistent."""
    reader = LiveReader(redis)
    async with asyncio.timeout(within_s):
        while True:
            found = await reader.snapshot(shard_of(zone_id))
            assert_counts_equal_spaces(found.counts, found.spaces)
            if condition(found):
                return found
            await asyncio.sleep(0.01)
