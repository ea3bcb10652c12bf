"""The writing end of both kinds of stream: what a body says and the body itself become durable together."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from parking.domain.errors import UnavailableError
from parking.occupancy.evidence import Observation
from parking.occupancy.reading_stream import GAUGE_AGE_S, TIMEOUT_S, Entry, RedisReadingStream
from parking.raw.model import STREAM, RawMessage, encode_entry

HIGH_WATER_BYTES: Final = 256 * 1024 * 1024
"""Memory of the stream above which the door is shut for bodies: some 200,000 messages that nobody has kept yet."""
ENTRY_BYTES: Final = 1024 * 1024
"""Bodies of one stream entry at most, but for a single one that is larger: the keeper reads some dozens at a time."""

_log = logging.getLogger(__name__)


class RedisInbox:
    """`Inbox` over Redis streams; `monotonic` counts seconds for the age of the backlog figure."""

    def __init__(
        self,
        redis: Redis,
        *,
        high_water_bytes: int = HIGH_WATER_BYTES,
        timeout_s: float = TIMEOUT_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._readings = RedisReadingStream(redis, timeout_s=timeout_s, monotonic=monotonic)
        self._high_water = high_water_bytes
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._measured_at: float | None = None
        self._is_full = False

    async def append(self, observations: Sequence[Observation], messages: Sequence[RawMessage]) -> None:
        await self._readings.append(observations, _entries(messages) if messages else ())

    async def ensure_room(self) -> None:
        """Look once a second at how much the stream holds; the keeper trims what it has kept."""
        now = self._monotonic()
        if self._measured_at is None or now - self._measured_at >= GAUGE_AGE_S:
            self._measured_at = now
            await self._measure()
        if self._is_full:
            raise UnavailableError("more messages wait to be kept than may; try again later", code="raw_backlog_full")

    async def _measure(self) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                size: int | None = await self._redis.memory_usage(STREAM)
        except (RedisError, OSError, TimeoutError) as error:
            raise UnavailableError(
                "the live store does not take messages now; try again later", code="live_store_unavailable"
            ) from error
        is_full = size is not None and size > self._high_water
        if is_full != self._is_full:
            _log.warning("raw messages: backlog %s", "is full" if is_full else "has room again")
        self._is_full = is_full


def _entries(messages: Sequence[RawMessage]) -> list[Entry]:
    entries: list[Entry] = []
    together: list[RawMessage] = []
    size = 0
    for message in messages:
        if together and size + len(message.body) > ENTRY_BYTES:
            entries.append((STREAM, encode_entry(together)))
            together, size = [], 0
        together.append(message)
        size += len(message.body)
    entries.append((STREAM, encode_entry(together)))
    return entries
