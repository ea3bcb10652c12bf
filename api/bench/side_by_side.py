"""The same work again and again from several hands at once, each call timed."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def times_of(work: Callable[[], Awaitable[None]], *, hands: int, seconds: float) -> list[float]:
    """Seconds of each call that began within `seconds`."""
    spent: list[float] = []
    deadline = time.perf_counter() + seconds

    async def run() -> None:
        while (start := time.perf_counter()) < deadline:
            await work()
            spent.append(time.perf_counter() - start)

    async with asyncio.TaskGroup() as group:
        for _ in range(hands):
            group.create_task(run())
    return spent
