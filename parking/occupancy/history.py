"""History: every accepted reading once and every published change once, from the streams into PostgreSQL.

The position in the change streams moves in the transaction that writes the rows, under a row lock and only from where
this writer believes it to be. So a crash at any moment, or a second writer, can neither lose nor double a row.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Final

import msgspec
from asyncpg import InterfaceError, PostgresError
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from parking.bus.cancellation import still_wanted
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock, utc_now
from parking.domain.errors import ConflictError
from parking.occupancy import history_rows, keys, unsettled
from parking.occupancy.consumed import consumed_readings
from parking.occupancy.evidence import DATA_FIELD, Observation
from parking.occupancy.history_trim import StreamTrimmer
from parking.occupancy.live_reader import PREVIOUS_FIELD
from parking.occupancy.model import ChangeBatch
from parking.occupancy.partitions import ensure_partitions, month_of
from parking.occupancy.repository import (
    HistoryPosition,
    copy_rows,
    history_positions,
    move_positions,
    not_in_history,
    open_positions,
)
from parking.occupancy.shards import SHARDS
from parking.occupancy.streams import START, Entry, read_streams
from parking.occupancy.unsettled import Unsettled

LEADER_LOCK: Final = 0x6F6363_68697374
"""Advisory lock of the one writer that works; the others wait to take over."""
READ_COUNT: Final = 64
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

    def __init__(self, redis: Redis, database: Database, *, clock: Clock = utc_now) -> None:
        self._redis = redis
        self._database = database
        self._trimmer = StreamTrimmer(redis, clock)
        self._stored: dict[int, HistoryPosition] = {}
        """As PostgreSQL has them."""
        self._reached: dict[int, HistoryPosition] = {}
        """Where reading goes on: the same, or the beginning of a new life of the store."""
        self._months: set[date] = set()
        self._clock = clock
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
            await self._trimmer.trim({shard: place.change_id for shard, place in self._reached.items()})
            if not behind:
                await asyncio.sleep(LINGER_S)

    async def step(self) -> bool:
        """Read once and write what came; True when more is waiting."""
        if len(self._reached) < len(SHARDS):
            await self._load()
        if not self._reached:
            await asyncio.sleep(RETRY_S)
            return False
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
                return await self._cross_gap(names[name], entries[0][0])
        share = max(1, ROWS_PER_TRANSACTION // max(1, len(found)))
        taken = {names[name]: _first(entries, share) for name, entries in found.items()}
        await self._write(taken)
        return any(
            len(taken[names[name]]) < len(entries) or len(entries) == READ_COUNT for name, entries in found.items()
        )

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
        for shard, epoch in zip(SHARDS, epochs, strict=True):
            if epoch is not None:
                stored = self._stored[shard]
                life = epoch.decode()
                self._reached[shard] = stored if stored.epoch == life else HistoryPosition(life, START)

    async def _cross_gap(self, shard: int, first_id: str) -> bool:
        """The entry before the next one is not the one we have: a new life of the store, or entries are gone."""
        before = self._reached[shard]
        await self._load()
        now = self._reached.get(shard)
        if now == before:
            _log.error("history: shard %d lost its changes between %s and %s", shard, before.change_id, first_id)
            entries = await read_streams(
                self._redis, {keys.changes(shard): before.change_id}, count=1, block_ms=BLOCK_MS
            )
            await self._write({shard: [entry for found in entries.values() for entry in found]})
        return True

    async def _write(self, taken: dict[int, list[Entry]]) -> None:
        observations: list[history_rows.Row] = []
        again: list[history_rows.Row] = []
        changes: list[history_rows.Row] = []
        moved: dict[int, HistoryPosition] = {}
        covered: dict[int, str] = {}
        is_disordered = False
        for shard, entries in taken.items():
            batches = [(change_id, _changes.decode(fields[DATA_FIELD])) for change_id, fields in entries]
            raw = await self._readings(shard, [batch for _, batch in batches])
            for change_id, batch in batches:
                observations += history_rows.observation_rows(shard, batch, raw, again)
                changes += history_rows.change_rows(shard, change_id, batch)
                is_disordered = is_disordered or any(
                    letter in letters for _, letters in batch.read for letter in unsettled.DISORDERED
                )
                if batch.read:
                    covered[shard] = batch.read[-1][0]
            if batches:
                moved[shard] = HistoryPosition(self._reached[shard].epoch, batches[-1][0])
        if not moved:
            return
        async with asyncio.timeout(TIMEOUT_S):
            told = await self._store(observations, again, changes, moved, is_disordered=is_disordered)
        self._stored |= moved
        self._unsettled |= told
        self._reached |= moved
        self._trimmer.covered(covered)

    async def _store(
        self,
        observations: list[history_rows.Row],
        again: list[history_rows.Row],
        changes: list[history_rows.Row],
        moved: dict[int, HistoryPosition],
        *,
        is_disordered: bool,
    ) -> dict[str, Unsettled]:
        """Answers the spaces that are told anew because of it."""
        months = {month_of(at) for rows in (observations, again, changes) for at in history_rows.instants(rows)}
        if not months <= self._months:
            async with self._database.transaction() as session:
                await ensure_partitions(session, months)
            self._months |= months
        async with self._database.transaction() as session:
            found = await history_positions(session, moved.keys(), lock=True)
            if any(found[shard] != self._stored[shard] for shard in moved):
                raise HistoryMovedError("another writer has moved the position of history")
            new = [*observations, *(await not_in_history(session, again) if again else ())]
            await copy_rows(session, new, changes)
            await move_positions(session, moved)
            now = self._clock()
            known = {space_id: found for space_id, found in self._unsettled.items() if found.until > now}
            self._unsettled = known
            if not known and not is_disordered:
                return {}
            # What was taken in again is told of as well: the live store may have begun anew without it.
            return await unsettled.note(session, [*observations, *again], changes, known, now)

    async def _readings(self, shard: int, batches: list[ChangeBatch]) -> dict[str, list[Observation]]:
        """The entries that the batches consumed; one that holds no readings is left out."""
        async with asyncio.timeout(TIMEOUT_S):
            raw = await consumed_readings(self._redis, shard, batches)
        gone = sum(bool(letters) and entry_id not in raw for batch in batches for entry_id, letters in batch.read)
        if gone:
            _log.error("history: shard %d: %d entries of readings are gone", shard, gone)
        return raw


def _first(entries: list[Entry], rows: int) -> list[Entry]:
    """As many entries from the front as hold about so many rows, one at least; a row is some eighty bytes and up."""
    taken = 0
    for entry_id, fields in entries:
        del entry_id
        taken += 1
        rows -= max(1, sum(len(letters) for _, letters in _changes.decode(fields[DATA_FIELD]).read))
        if rows <= 0:
            break
    return entries[:taken]
