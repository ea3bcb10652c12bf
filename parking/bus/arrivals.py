"""Tells the lanes of one process that something has arrived for them: one reader for each partition, not one for each
consumer of it, and only lanes whose types came are woken.

Nothing but speed depends on it: a lane looks by itself after a while, as it must for replayed letters and moved positions.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Container, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from weakref import WeakKeyDictionary

from redis.asyncio import Redis

from parking.bus import keys
from parking.bus.cancellation import still_wanted
from parking.bus.connection import OUTAGES
from parking.bus.scripts import ask

TYPE: Final = b"t"
"""The field of an entry that names the type of its event."""
_BLOCK_MS: Final = 1000
_PAGE: Final = 256
_PAUSE_S: Final = 0.5
"""After an outage, which the lanes notice and tell."""

Bells = WeakKeyDictionary[asyncio.Event, Container[str]]


class Arrivals:
    """Reads a partition while at least one consumer of the process listens to it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._bells: dict[int, Bells] = {partition: WeakKeyDictionary() for partition in keys.PARTITIONS}
        self._consumers = Counter[int]()
        self._readers: dict[int, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def running(self, partitions: Sequence[int]) -> AsyncGenerator[None, None]:
        """For as long as one consumer runs; of each partition the first one begins the reading, the last one ends it."""
        self._consumers.update(partitions)
        for partition in partitions:
            if partition not in self._readers:
                self._readers[partition] = asyncio.create_task(self._read(partition))
        try:
            yield
        finally:
            self._consumers.subtract(partitions)
            ended = [self._readers.pop(partition) for partition in partitions if not self._consumers[partition]]
            for reader in ended:
                reader.cancel()
            if ended:
                await asyncio.wait(ended)

    def bell(self, partition: int, types: Container[str]) -> asyncio.Event:
        """Set whenever an event of these types arrives, for as long as somebody keeps it; who waited clears it."""
        bell = asyncio.Event()
        self._bells[partition][bell] = types
        return bell

    async def _read(self, partition: int) -> None:
        cursor: bytes | None = None
        while True:
            still_wanted()
            try:
                if cursor is None:
                    cursor = await self._last(partition)
                    self._ring(partition, None)
                cursor = await self._next(partition, cursor)
            except OUTAGES:
                cursor = None
                await asyncio.sleep(_PAUSE_S)

    async def _last(self, partition: int) -> bytes:
        found = await ask(self._redis, "XREVRANGE", keys.stream(partition), "+", "-", "COUNT", 1)
        return bytes(found[0][0]) if found else b"0-0"

    async def _next(self, partition: int, cursor: bytes) -> bytes:
        found: Any = await self._redis.xread({keys.stream(partition): cursor}, count=_PAGE, block=_BLOCK_MS)
        if not found:
            return cursor
        entries = next(iter(found.values()))[0] if isinstance(found, dict) else found[0][1]
        self._ring(partition, {fields.get(TYPE, b"").decode(errors="replace") for _, fields in entries})
        return bytes(entries[-1][0])

    def _ring(self, partition: int, types: set[str] | None) -> None:
        """For everybody when nobody knows what came."""
        for bell, wanted in list(self._bells[partition].items()):
            if types is None or any(name in wanted for name in types):
                bell.set()
