"""A right that one process holds at a time and that ends by itself when the process does."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from parking.bus.cancellation import still_wanted
from parking.bus.scripts import Scripts
from parking.db.leader import work_while


class Lease:
    """Named by its key; `hold` is called again and again, well within `lease_s`."""

    def __init__(self, redis: Redis, key: str, *, lease_s: float) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)
        self._key = key
        self._milliseconds = int(lease_s * 1000)
        self._holder = uuid.uuid4().hex

    async def hold(self) -> bool:
        """Take or prolong it; False while somebody else has it. Raises RedisError."""
        if await self._scripts.renew(keys=[self._key], args=[self._holder, self._milliseconds]):
            return True
        return bool(await self._redis.set(self._key, self._holder, nx=True, px=self._milliseconds))

    async def lead(self, work: Callable[[], Awaitable[None]]) -> None:
        """Wait for the lease, then run `work` until it ends or the lease is lost: then `work` is cancelled.

        Raises RedisError when the server cannot be asked, and what `work` raises.
        """
        async with self.given_back():
            while not await self.hold():  # noqa: ASYNC110 - the lease is in the server
                await asyncio.sleep(self._milliseconds / 3000)
            await work_while(self._keep, work)

    async def _keep(self) -> None:
        while await self.hold():
            still_wanted()
            await asyncio.sleep(self._milliseconds / 3000)

    @asynccontextmanager
    async def given_back(self) -> AsyncIterator[None]:
        """Give it back at the end of the block, if it is held and the server can be reached."""
        try:
            yield
        finally:
            with suppress(RedisError, OSError):
                await self._scripts.release(keys=[self._key], args=[self._holder])
