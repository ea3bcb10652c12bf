"""Waiting for several streams at once where each is another command on another connection, as in a cluster.

A read that still waits when another stream has brought something is not stopped, which would cost its connection: it stands, and
the next call with the same position takes it over. What nobody takes over ends by itself, as it waits for a bounded time.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping
from typing import Any, Final

Read = Callable[[], Coroutine[Any, Any, list[Any]]]
KEPT_S: Final = 2.0
"""A little longer than any reader waits and works between two calls; after it a read that nobody took over is dropped."""


class StandingReads:
    """Of one client."""

    def __init__(self) -> None:
        self._standing: dict[Hashable, tuple[float, asyncio.Task[list[Any]]]] = {}

    async def first(self, reads: Mapping[Hashable, Read], *, within_s: float) -> dict[Hashable, list[Any]]:
        """What has come by the time that one read brings something; nothing when none does in the time.

        A key names a stream, a position in it and whatever else makes two reads the same. Raises what a read raises.
        """
        now = asyncio.get_running_loop().time
        deadline = now() + within_s
        self._drop_forgotten(now())
        tasks = {key: self._taken_over(key) or _begun(read) for key, read in reads.items()}
        try:
            while True:
                done, _ = await asyncio.wait(
                    tasks.values(), timeout=max(0.0, deadline - now()), return_when=asyncio.FIRST_COMPLETED
                )
                found = {key: task.result() for key, task in tasks.items() if task in done}
                if any(found.values()) or now() >= deadline:
                    return {key: entries for key, entries in found.items() if entries}
                tasks |= {key: _begun(reads[key]) for key in found}
        finally:
            self._standing |= {key: (now(), task) for key, task in tasks.items() if not task.done()}

    async def aclose(self) -> None:
        tasks = [task for _, task in self._standing.values()]
        self._standing.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _taken_over(self, key: Hashable) -> asyncio.Task[list[Any]] | None:
        """One that waits still, or has brought something; what failed or ended with nothing is begun anew."""
        _, task = self._standing.pop(key, (0.0, None))
        if task is None or not task.done():
            return task
        return task if not task.cancelled() and task.exception() is None and task.result() else None

    def _drop_forgotten(self, now: float) -> None:
        for key in [key for key, (since, _) in self._standing.items() if since < now - KEPT_S]:
            self._standing.pop(key)[1].cancel()


def _begun(read: Read) -> asyncio.Task[list[Any]]:
    task = asyncio.create_task(read())
    task.add_done_callback(_heard)
    return task


def _heard(task: asyncio.Task[list[Any]]) -> None:
    """An error of a read that nobody took over is no news."""
    if not task.cancelled():
        task.exception()
