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
from parking.occupancy.reading_stream import Entry, RedisReadingStream
from parking.occupancy.store_report import RAW_HIGH_WATER_BYTES, raw_may_fill
from parking.occupancy.store_watch import LOOK_S, TIMEOUT_S, StoreWatch, refusal_from
from parking.raw.model import STREAM, RawMessage, encode_entry

ENTRY_BYTES: Final = 1024 * 1024
"""Bodies of one stream entry at most, but for a single one that is larger: the keeper reads some dozens at a time."""

_log = logging.getLogger(__name__)


class RedisInbox:
    """`Inbox` over Redis streams; `monotonic` counts seconds for the age of the backlog figure."""

    def __init__(
        self,
        redis: Redis,
        *,
        high_water_bytes: int = RAW_HIGH_WATER_BYTES,
        timeout_s: float = TIMEOUT_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self.watch = StoreWatch(redis, timeout_s=timeout_s, monotonic=monotonic)
        self._readings = RedisReadingStream(redis, self.watch, timeout_s=timeout_s)
        self._high_water = high_water_bytes
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._measured_at: float | None = None
        self.is_full = False
        """Whether bodies are refused now."""

    async def append(self, observations: Sequence[Observation], messages: Sequence[RawMessage]) -> None:
        await self._readings.append(observations, _entries(messages) if messages else ())

    async def ensure_room(self) -> None:
        """Look once a second at how much the stream holds; the keeper trims what it has kept."""
        now = self._monotonic()
        if self._measured_at is None or now - self._measured_at >= LOOK_S:
            self._measured_at = now
            await self._measure()
        if self.is_full:
            self.watch.refused["raw_backlog_full"] += 1
            raise UnavailableError("more messages wait to be kept than may; try again later", code="raw_backlog_full")

    async def waiting_bytes(self) -> int:
        """Memory of the bodies in the stream, of which the youngest are kept already; raises `UnavailableError`."""
        try:
            async with asyncio.timeout(self._timeout_s):
                size: int | None = await self._redis.memory_usage(STREAM)
        except (RedisError, OSError, TimeoutError) as error:
            refusal = refusal_from(error)
            raise UnavailableError(refusal.detail, code=refusal.code) from error
        return size or 0

    async def _measure(self) -> None:
        await self.watch.look()
        report = self.watch.report
        most = min(self._high_water, raw_may_fill(0 if report is None else report.max_bytes))
        is_full = await self.waiting_bytes() > most
        if is_full != self.is_full:
            _log.warning("raw messages: backlog %s", "is full" if is_full else "has room again")
        self.is_full = is_full


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
