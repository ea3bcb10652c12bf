"""The one writer of a shard: reads its stream, applies, commits, and says when devices have fallen silent.

Memory is only trusted while every commit is known to have happened. Whatever goes wrong ends the ownership, and the
next one begins from what the live store holds.
"""

import asyncio
import logging
from collections.abc import Iterator
from typing import Final

from redis.asyncio import Redis

from parking.bus.cancellation import still_wanted
from parking.domain.clock import Clock, to_micros
from parking.occupancy import keys
from parking.occupancy.closure_watch import ClosureWatch
from parking.occupancy.engine_batch import (
    Evidence,
    Outcome,
    ShardState,
    apply_closures,
    apply_entries,
    apply_silence,
)
from parking.occupancy.evidence import decode_entry
from parking.occupancy.live_store import LiveStore
from parking.occupancy.shards import Shard
from parking.occupancy.silence_watch import SilenceWatch
from parking.occupancy.streams import START, Entry, id_order, read_streams

READ_COUNT: Final = 128
"""Entries in one read; a full read means that more is waiting."""
BATCH_OBSERVATIONS: Final = 4096
"""Observations in one commit at most: some tens of milliseconds of work."""
PACE_S: Final = 0.01
"""Least time between two reads: what arrives in between shares a commit, and a lone reading waits for nobody."""
REPLAY_PAUSE_S: Final = 10.0
"""After so long without a reading that is taken in again, the replay is over and silence counts by the clock again."""
MICROS_PER_MS: Final = 1000

_log = logging.getLogger(__name__)


class ShardOwner:
    """Owns `shard` by `token` until `run` returns or raises.

    `run` raises `ShardLostError` when another owner has it, `RedisError`, `OSError` or `TimeoutError` when the live
    store cannot answer.
    """

    def __init__(
        self, redis: Redis, store: LiveStore, shard: Shard, *, token: int, clock: Clock, beat_s: float, timeout_s: float
    ) -> None:
        self.shard = shard
        self.token = token
        self._redis = redis
        self._store = store
        self._clock = clock
        self._beat_s = beat_s
        self._timeout_s = timeout_s
        self._leaving = False
        self._state = ShardState()
        self._watch = SilenceWatch()
        self._closures = ClosureWatch()
        self._position = START
        self._commits = 0
        self._caught_up = False
        self._replay_ends_at = 0.0
        """On the clock of the event loop."""

    def leave(self) -> None:
        """Let `run` return after the batch in hand."""
        self._leaving = True

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._timeout_s):
            self._state, self._position, self._commits = await self._store.load(self.shard)
        self._watch.update(self._state.spaces)
        self._closures.update(self._state.zones)
        next_beat = loop.time()
        while not self._leaving:
            still_wanted()
            started = loop.time()
            entries = await self._read(max(0.0, next_beat - started))
            for chunk in self._chunks(entries):
                if _is_replay(chunk):
                    self._replay_ends_at = loop.time() + REPLAY_PAUSE_S
                await self._commit(apply_entries(self._state, chunk, self._now()), position=chunk[-1][0])
            if loop.time() >= next_beat:
                await self._tick()
                next_beat = loop.time() + self._beat_s
            if entries:
                await asyncio.sleep(max(0.0, started + PACE_S - loop.time()))

    async def _read(self, wait_s: float) -> list[tuple[str, Evidence]]:
        stream = keys.readings(self.shard)
        async with asyncio.timeout(wait_s + self._timeout_s):
            # Zero would mean to wait for ever.
            found = await read_streams(
                self._redis, {stream: self._position}, count=READ_COUNT, block_ms=max(1, int(wait_s * 1000))
            )
        rows = found.get(stream, [])
        self._caught_up = len(rows) < READ_COUNT
        return [(entry_id, await self._decode((entry_id, fields))) for entry_id, fields in rows]

    async def _decode(self, entry: Entry) -> Evidence:
        entry_id, fields = entry
        try:
            return decode_entry(fields)
        except ValueError as error:
            _log.warning("shard %d: entry %s is set aside: %s", self.shard, entry_id, error)
            async with asyncio.timeout(self._timeout_s):
                await self._store.set_aside(self.shard, entry_id, fields)
            return None

    @staticmethod
    def _chunks(entries: list[tuple[str, Evidence]]) -> Iterator[list[tuple[str, Evidence]]]:
        chunk: list[tuple[str, Evidence]] = []
        size = 0
        for entry in entries:
            chunk.append(entry)
            size += len(entry[1]) if isinstance(entry[1], list) else 1
            if size >= BATCH_OBSERVATIONS:
                yield chunk
                chunk, size = [], 0
        if chunk:
            yield chunk

    async def _commit(self, outcome: Outcome, *, position: str) -> None:
        async with asyncio.timeout(self._timeout_s):
            await self._store.commit_batch(
                self.shard,
                outcome,
                token=self.token,
                commits=self._commits,
                position=position,
                heartbeat_us=self._fresh_until(position),
            )
        self._commits += 1
        self._position = position
        self._state.absorb(outcome)
        self._watch.update(outcome.spaces)
        self._closures.update(outcome.zones)

    async def _tick(self) -> None:
        fresh_until = self._fresh_until(self._position)
        async with asyncio.timeout(self._timeout_s):
            await self._store.beat(self.shard, self.token, fresh_until)
        # While messages of the past come again, a device whose next one is still to come is not silent.
        is_replaying = asyncio.get_running_loop().time() < self._replay_ends_at
        silent = [] if is_replaying else self._watch.expired(self._state.spaces, fresh_until)
        if silent:
            await self._commit(apply_silence(self._state, silent, fresh_until), position=self._position)
        # A window is the city's word, not a device's: it opens and ends by the clock, behind a backlog too.
        due = self._closures.due(self._now())
        if due:
            await self._commit(apply_closures(self._state, due, self._now()), position=self._position)

    def _now(self) -> int:
        return to_micros(self._clock())

    def _fresh_until(self, position: str) -> int:
        """Up to when all evidence is in. Behind a backlog that is not now: then nobody is silent, and numbers are old."""
        if self._caught_up:
            return self._now()
        return min(self._now(), id_order(position)[0] * MICROS_PER_MS)


def _is_replay(chunk: list[tuple[str, Evidence]]) -> bool:
    """An entry holds readings of one sender: a replay's are all of the past."""
    return any(isinstance(evidence, list) and evidence and evidence[0].replayed for _, evidence in chunk)
