"""Keeps what came: from the stream into PostgreSQL, each message once, and only then may the stream forget it.

The position moves in the transaction that writes the rows, under a row lock and only from where this keeper believes it
to be. So a crash at any moment, or a second keeper, can neither lose nor double a message.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from asyncpg import UniqueViolationError
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from parking.bus.cancellation import still_wanted
from parking.db.leader import lead
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock, from_micros, to_micros, utc_now
from parking.domain.errors import ConflictError
from parking.occupancy.store_report import RAW_HIGH_WATER_BYTES, raw_may_fill
from parking.occupancy.store_watch import least_memory
from parking.occupancy.streams import START, Entry, id_order, next_id, read_streams
from parking.raw import repository
from parking.raw.model import STREAM, RawMessage, RawRef
from parking.raw.partitions import day_of, ensure_days
from parking.raw.rows import messages_of, row_of
from parking.raw.unknown import Sightings

LEADER_LOCK: Final = 0x7261775F_6B656570
"""Advisory lock of the one keeper that works; the others wait to take over."""
READ_COUNT: Final = 64
BLOCK_MS: Final = 1000
LINGER_S: Final = 0.1
TRIM_EVERY_S: Final = 1.0
TIMEOUT_S: Final = 30.0
REMEMBERED_MS: Final = 600_000
"""Kept messages stay ten minutes in the stream for others that read it, unless they fill half of what it may hold."""

_log = logging.getLogger(__name__)
Kept = Sequence[tuple[RawRef, RawMessage]]


class KeeperMovedError(ConflictError):
    """Another keeper has moved the position: what this one prepared is already written."""

    code = "keeper_moved"


class RawKeeper:
    """Run one per worker process; one of all works. Raises what the servers raise: whoever runs it begins it anew."""

    def __init__(
        self,
        redis: Redis,
        database: Database,
        *,
        clock: Clock = utc_now,
        high_water_bytes: int = RAW_HIGH_WATER_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._database = database
        self._clock = clock
        self._high_water = high_water_bytes
        self._monotonic = monotonic
        self._stored = START
        """As PostgreSQL has it."""
        self._reached = START
        """Where reading goes on: the same, or the beginning of a new life of the store."""
        self._trimmed_at: float | None = None
        self._days: set[date] = set()

    async def run(self) -> None:
        await lead(self._database, LEADER_LOCK, self.follow)

    async def follow(self) -> None:
        """Keep until something fails."""
        await self.load()
        while True:
            still_wanted()
            behind = await self.step()
            await self._trim_now_and_then()
            if not behind:
                await asyncio.sleep(LINGER_S)

    async def load(self) -> None:
        async with asyncio.timeout(TIMEOUT_S), self._database.transaction() as session:
            await repository.open_position(session)
            self._stored = self._reached = await repository.position(session)

    async def step(self) -> bool:
        """Read once and keep what came; True when more is waiting."""
        async with asyncio.timeout(TIMEOUT_S):
            found = await read_streams(self._redis, {STREAM: self._reached}, count=READ_COUNT, block_ms=BLOCK_MS)
        entries = found.get(STREAM, [])
        if entries:
            await self._keep(entries)
        else:
            await self._look_for_new_life()
        return len(entries) == READ_COUNT

    async def _look_for_new_life(self) -> None:
        """A store that was wiped or restored counts from an earlier moment: what it holds is read from the first entry."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                about = await self._redis.xinfo_stream(STREAM)
        except ResponseError:
            # There is no such stream before the first message.
            return
        last = about["last-generated-id"].decode()
        if id_order(last) < id_order(self._reached):
            _log.warning("raw messages: the live store begins anew at %s", last)
            self._reached = START

    async def _keep(self, entries: list[Entry]) -> None:
        kept = [one for entry in entries for one in messages_of(entry)]
        days = {day_of(from_micros(ref.received_at)) for ref, _ in kept}
        if not days <= self._days:
            async with self._database.transaction() as session:
                await ensure_days(session, days)
            self._days |= days
        last = entries[-1][0]
        async with asyncio.timeout(TIMEOUT_S):
            try:
                await self._write(kept, last)
            except UniqueViolationError:
                await self._write(kept, last, partly=True)
        self._stored = self._reached = last

    async def _write(self, kept: Kept, last: str, *, partly: bool = False) -> None:
        """`partly`: some of it was kept in an earlier life of the store."""
        async with self._database.transaction() as session:
            if await repository.position(session, lock=True) != self._stored:
                raise KeeperMovedError("another keeper has moved the position")
            if partly:
                present = await repository.present(session, [ref for ref, _ in kept])
                kept = [one for one in kept if one[0] not in present]
            sightings = Sightings()
            for ref, message in kept:
                sightings.add(ref, message)
            await repository.add(session, [row_of(ref, message) for ref, message in kept])
            await sightings.write(session)
            await repository.move(session, last)

    async def _trim_now_and_then(self) -> None:
        moment = self._monotonic()
        if self._trimmed_at is not None and moment - self._trimmed_at < TRIM_EVERY_S:
            return
        self._trimmed_at = moment
        await self.trim()

    async def trim(self) -> None:
        """Let the stream forget what is kept, once that is old or there is much of it."""
        async with asyncio.timeout(TIMEOUT_S):
            size: int | None = await self._redis.memory_usage(STREAM)
            if size is None:
                return
            bounds = [next_id(self._reached)]
            if size < min(self._high_water, raw_may_fill(await least_memory(self._redis))) // 2:
                bounds.append(f"{to_micros(self._clock()) // 1000 - REMEMBERED_MS}-0")
            await self._redis.xtrim(STREAM, minid=min(bounds, key=id_order), approximate=False)
