"""History: every accepted reading once and every published change once, from the streams into PostgreSQL.

The position in the change streams moves in the transaction that writes the rows, under a row lock and only from where
this writer believes it to be. So a crash at any moment, or a second writer, can neither lose nor double a row.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Final

import msgspec
from asyncpg import InterfaceError, PostgresError, UniqueViolationError
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from parking.bus.cancellation import still_wanted
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock, utc_now
from parking.domain.errors import ConflictError
from parking.occupancy import keys, recounts, unsettled
from parking.occupancy.consumed import consumed_readings
from parking.occupancy.copy_form import change_rows, observation_rows
from parking.occupancy.evidence import DATA_FIELD, Observation
from parking.occupancy.figures import HistoryFigures
from parking.occupancy.followed import Followed
from parking.occupancy.history_batch import HistoryBatch
from parking.occupancy.history_trim import StreamTrimmer
from parking.occupancy.live_reader import PREVIOUS_FIELD
from parking.occupancy.model import ChangeBatch
from parking.occupancy.partitions import ensure_partitions
from parking.occupancy.repository import (
    HistoryPosition,
    copy_rows,
    history_positions,
    lock_positions,
    move_positions,
    not_in_history,
    not_told,
    open_positions,
)
from parking.occupancy.rollup import is_late, whole_hour
from parking.occupancy.settling import settle
from parking.occupancy.shards import SHARDS
from parking.occupancy.streams import START, Entry, read_streams
from parking.occupancy.unsettled import Unsettled

LEADER_LOCK: Final = 0x6F6363_68697374
"""Advisory lock of the one writer that works; the others wait to take over."""
READ_COUNT: Final = 32
ROWS_PER_TRANSACTION: Final = 5000
"""Few enough that preparing them does not hold up whatever shares the process."""
LINGER_S: Final = 0.1
BLOCK_MS: Final = 1000
RETRY_S: Final = 1.0
TIMEOUT_S: Final = 30.0

_log = logging.getLogger(__name__)
_changes = msgspec.msgpack.Decoder(ChangeBatch)
_OUTAGES: Final = (RedisError, SQLAlchemyError, PostgresError, InterfaceError, OSError, TimeoutError)


class HistoryMovedError(ConflictError):
    """Another writer has moved the position: what this one prepared is already written."""

    code = "history_moved"


class HistoryWriter:
    """Run one per worker process; one of all works, `run` goes on through outages of either server."""

    def __init__(
        self, redis: Redis, database: Database, *, clock: Clock = utc_now, followed: Followed | None = None
    ) -> None:
        self._redis = redis
        self._database = database
        self._trimmer = StreamTrimmer(redis, clock)
        self._stored: dict[int, HistoryPosition] = {}
        """As PostgreSQL has them."""
        self._reached: dict[int, HistoryPosition] = {}
        """Where reading goes on: the same, or the beginning of a new life of the store."""
        self._waiting: dict[int, list[Entry]] = {}
        """Change entries after what is reached that are read and not written, by shard."""
        self._is_behind = False
        """Whether more came than was read."""
        self._months: set[date] = set()
        self._clock = clock
        self._followed = followed or Followed()
        self.figures = HistoryFigures()
        self._unsettled: dict[str, Unsettled] = {}
        """Spaces of which whatever comes is told, because they are told anew from history."""

    async def run(self) -> None:
        down = False
        while True:
            still_wanted()
            try:
                async with self._leadership() as leading:
                    if leading:
                        if down:
                            _log.info("history: goes on")
                        down = False
                        await self.follow()
            except (*_OUTAGES, HistoryMovedError) as error:
                if not down:
                    _log.warning("history: waits: %s", error)
                down = True
            await asyncio.sleep(RETRY_S)

    @asynccontextmanager
    async def _leadership(self) -> AsyncIterator[bool]:
        async with self._database.engine.connect() as opened:
            connection = await opened.execution_options(isolation_level="AUTOCOMMIT")
            try:
                yield bool(await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LEADER_LOCK}))
            finally:
                # The lock belongs to the server's session: a connection that went back to the pool would keep it.
                await connection.invalidate()

    async def follow(self) -> None:
        """Write until something fails; raises what the servers raise, or `HistoryMovedError`."""
        await self._load()
        while True:
            still_wanted()
            behind = await self.step()
            await self._trimmer.trim(self._reached)
            if not behind:
                await asyncio.sleep(LINGER_S)

    async def step(self) -> bool:
        """Read where nothing waits to be written, and write what came; True when more is waiting."""
        if len(self._reached) < len(SHARDS):
            await self._load()
        if not self._reached:
            await asyncio.sleep(RETRY_S)
            return False
        if not self._waiting and not await self._read():
            return True
        batch = HistoryBatch()
        taken = await self._prepare(batch)
        if taken:
            await self._write(batch)
        # Only now: what failed is read again.
        self._waiting = {shard: left for shard, entries in self._waiting.items() if (left := entries[taken[shard] :])}
        return bool(self._waiting) or self._is_behind

    async def _read(self) -> bool:
        """What came after the positions; False where something before it is missing."""
        names = {keys.changes(shard): shard for shard in self._reached}
        async with asyncio.timeout(TIMEOUT_S):
            found = await read_streams(
                self._redis,
                {name: self._reached[shard].change_id for name, shard in names.items()},
                count=READ_COUNT,
                block_ms=BLOCK_MS,
            )
        for name, entries in found.items():
            if entries[0][1].get(PREVIOUS_FIELD, b"").decode() != self._reached[names[name]].change_id:
                await self._cross_gap(names[name], entries[0][0])
                return False
        async with asyncio.timeout(TIMEOUT_S):
            await settle(self._redis, {names[name]: entries[-1][0] for name, entries in found.items()})
        self._waiting = {names[name]: entries for name, entries in found.items()}
        self._is_behind = any(len(entries) == READ_COUNT for entries in found.values())
        return True

    async def _prepare(self, batch: HistoryBatch) -> dict[int, int]:
        """Fill it with about as much as one transaction writes, a fair share of each shard, one entry at least; how many
        entries of each shard that is.
        """
        share = max(1, ROWS_PER_TRANSACTION // max(1, len(self._waiting)))
        taken: dict[int, int] = {}
        for shard, entries in self._waiting.items():
            front: list[tuple[str, ChangeBatch]] = []
            rows = 0
            for change_id, fields in entries:
                one = _changes.decode(fields[DATA_FIELD])
                front.append((change_id, one))
                rows += max(1, sum(len(letters) for _, letters in one.read))
                if rows >= share:
                    break
            batch.add(shard, front, await self._readings(shard, [one for _, one in front]))
            taken[shard] = len(front)
        return taken

    async def _load(self) -> None:
        async with asyncio.timeout(TIMEOUT_S):
            async with self._redis.pipeline(transaction=False) as pipeline:
                for shard in SHARDS:
                    pipeline.hget(keys.meta(shard), "epoch")
                epochs: list[bytes | None] = await pipeline.execute()
            async with self._database.transaction() as session:
                await open_positions(session, SHARDS)
                self._stored = await history_positions(session, SHARDS)
                self._unsettled = await unsettled.unsettled_spaces(session)
        self._reached = {}
        self._waiting = {}
        for shard, epoch in zip(SHARDS, epochs, strict=True):
            if epoch is not None:
                stored = self._stored[shard]
                life = epoch.decode()
                self._reached[shard] = stored if stored.epoch == life else HistoryPosition(life, START)

    async def _cross_gap(self, shard: int, first_id: str) -> None:
        """The entry before the next one is not the one we have: a new life of the store, or entries are gone."""
        before = self._reached[shard]
        await self._load()
        if self._reached.get(shard) != before:
            return
        _log.error("history: shard %d lost its changes between %s and %s", shard, before.change_id, first_id)
        entries = await read_streams(self._redis, {keys.changes(shard): before.change_id}, count=1, block_ms=BLOCK_MS)
        await settle(self._redis, dict.fromkeys([shard], first_id) if entries else {})
        self._waiting = dict(zip([shard], entries.values(), strict=False))

    async def _write(self, batch: HistoryBatch) -> None:
        moved = {
            shard: HistoryPosition(self._reached[shard].epoch, change_id)
            for shard, change_id in batch.change_ids.items()
        }
        begun = time.perf_counter()
        async with asyncio.timeout(TIMEOUT_S):
            try:
                told = await self._store(batch, moved)
            except UniqueViolationError:
                _log.warning("history: shards %s hold what history has already: each row is looked up", sorted(moved))
                told = await self._store(batch, moved, partly=True)
        self.figures.transactions += 1
        self.figures.transaction_s.add(time.perf_counter() - begun)
        self.figures.rows.update(observation=len(batch.readings) + len(batch.again), change=len(batch.changes))
        self._stored |= moved
        self._unsettled |= told
        self._reached |= moved
        self._trimmer.covered({shard: (moved[shard].epoch, last) for shard, last in batch.covered.items()})
        if self._followed.devices:
            for each in (*batch.readings, *batch.again):
                if each.observation.device_id in self._followed.devices:
                    self._followed.tell(
                        "history",
                        each.observation.device_id,
                        each.observation.observed_at,
                        shard=each.shard,
                        entry=each.entry_id,
                        item=each.item,
                    )

    async def _store(
        self, batch: HistoryBatch, moved: dict[int, HistoryPosition], *, partly: bool = False
    ) -> dict[str, Unsettled]:
        """Answers the spaces that are told anew because of it.

        `partly`: some of it is in history, as a live store that a failover or a restored copy has set back tells it again.
        """
        months = batch.months()
        if not months <= self._months:
            async with self._database.transaction() as session:
                await ensure_partitions(session, months)
            self._months |= months
        async with self._database.transaction() as session:
            found = await lock_positions(session, moved.keys())
            if any(found[shard] != self._stored[shard] for shard in moved):
                raise HistoryMovedError("another writer has moved the position of history")
            if partly:
                new = await not_in_history(session, [*batch.readings, *batch.again])
                news = await not_told(session, batch.changes)
                await copy_rows(session, [observation_rows(new)], [change_rows(news)])
            else:
                new = await not_in_history(session, batch.again) if batch.again else []
                await copy_rows(session, [*batch.reading_rows, observation_rows(new)], batch.change_rows)
            await move_positions(session, moved)
            now = self._clock()
            oldest = batch.oldest_change()
            if oldest is not None and is_late(oldest, now):
                await recounts.note(session, whole_hour(oldest))
            known = {space_id: found for space_id, found in self._unsettled.items() if found.until > now}
            self._unsettled = known
            if not known and not batch.is_disordered:
                return {}
            # What was taken in again is told of as well: the live store may have begun anew without it.
            return await unsettled.note(session, [*batch.readings, *batch.again], batch.changes, known, now)

    async def _readings(self, shard: int, batches: list[ChangeBatch]) -> dict[str, list[Observation]]:
        """The entries that the batches consumed; one that holds no readings is left out."""
        async with asyncio.timeout(TIMEOUT_S):
            raw = await consumed_readings(self._redis, shard, batches)
        gone = sum(bool(letters) and entry_id not in raw for batch in batches for entry_id, letters in batch.read)
        if gone:
            self.figures.entries_gone += gone
            _log.error("history: shard %d: %d entries of readings are gone", shard, gone)
        return raw
