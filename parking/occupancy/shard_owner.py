"""The one writer of a shard: reads its stream, applies, commits, and says when devices have fallen silent.

Memory is only trusted while every commit is known to have happened. Whatever goes wrong ends the ownership, and the
next one begins from what the live store holds.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Final

from redis.asyncio import Redis

from parking.bus.cancellation import still_wanted
from parking.bus.cluster import ClusterRedis
from parking.bus.replicas import replicas_of
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
from parking.occupancy.figures import DISPOSITIONS, EngineFigures
from parking.occupancy.followed import Followed
from parking.occupancy.live_store import LiveStore, ShardLostError
from parking.occupancy.recent_commits import RecentCommits
from parking.occupancy.shards import Shard
from parking.occupancy.silence_watch import SilenceWatch
from parking.occupancy.streams import START, Entry, id_order, read_streams

BATCH_OBSERVATIONS: Final = 2048
"""Observations in one commit at about the most: some ten milliseconds of work, here as in the live store."""
MOST_ENTRIES: Final = 512
FEWEST_ENTRIES: Final = 4
"""Entries in one read: as many as fill a batch, going by the read before. A full read means that more is waiting."""
PACE_S: Final = 0.025
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
        self,
        redis: Redis,
        store: LiveStore,
        shard: Shard,
        *,
        token: int,
        recent: RecentCommits,
        clock: Clock,
        beat_s: float,
        timeout_s: float,
        figures: EngineFigures,
        turns: asyncio.Semaphore,
        followed: Followed,
    ) -> None:
        """`recent` is what an owner in this process, perhaps an earlier one, has committed last. `turns` is shared by the owners
        of one thread: of those that are behind, so many work at a time.
        """
        self.shard = shard
        self.token = token
        self._redis = redis
        self._store = store
        self._clock = clock
        self._beat_s = beat_s
        self._timeout_s = timeout_s
        self._figures = figures
        self._turns = turns
        self._followed = followed
        self._leaving = False
        self._state = ShardState()
        self._watch = SilenceWatch()
        self._closures = ClosureWatch()
        self._position = START
        self._commits = 0
        self._change_id = START
        self._recent = recent
        self._caught_up = False
        self._read_count = MOST_ENTRIES // 4
        self._next_beat = 0.0
        self._replay_ends_at = 0.0
        """On the clock of the event loop."""

    def leave(self) -> None:
        """Let `run` return after the batch in hand."""
        self._leaving = True

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        await self._restore()
        async with asyncio.timeout(self._timeout_s):
            self._state, self._position, self._commits = await self._store.load(self.shard)
            self._change_id, _ = await self._store.head(self.shard)
        self._watch.update(self._state.spaces)
        self._closures.update(self._state.zones)
        while not self._leaving:
            still_wanted()
            started = loop.time()
            rows = await self._read(max(0.0, self._next_beat - started))
            is_all = len(rows) < self._read_count
            self._caught_up = not rows
            async for chunk in self._chunks(rows):
                self._caught_up = is_all and chunk[-1][0] == rows[-1][0]
                if _is_replay(chunk):
                    self._replay_ends_at = loop.time() + REPLAY_PAUSE_S
                async with self._turns:
                    outcome = apply_entries(self._state, chunk, self._now())
                    await self._commit(outcome, consumed=chunk[-1][0])
                if self._followed.devices:
                    self._tell(chunk, outcome)
                await self._beat()
            if rows:
                await asyncio.sleep(max(0.0, started + PACE_S - loop.time()))
            else:
                await self._beat()

    def _tell(self, chunk: list[tuple[str, Evidence]], outcome: Outcome) -> None:
        """What became of followed readings."""
        for (entry_id, evidence), (_, letters) in zip(chunk, outcome.batch.read, strict=True):
            for item, observation in enumerate(evidence if isinstance(evidence, list) else ()):
                if observation.device_id in self._followed.devices:
                    self._followed.tell(
                        "engine",
                        observation.device_id,
                        observation.observed_at,
                        shard=self.shard,
                        entry=entry_id,
                        item=item,
                        disposition=DISPOSITIONS[chr(letters[item])],
                        change=self._change_id,
                    )

    async def _restore(self) -> None:
        """Write again what the store has lost of the newest commits, because a replica without them was promoted.

        Where replicas are waited for nobody has told them on, and their readings come again: they are judged anew.
        """
        if replicas_of(self._redis):
            return
        async with asyncio.timeout(self._timeout_s):
            lost = self._recent.lost(*await self._store.head(self.shard))
            for commit in lost:
                await self._store.commit_again(
                    self.shard, commit, token=self.token, heartbeat_us=id_order(commit.change_id)[0] * MICROS_PER_MS
                )
        if lost:
            _log.warning("shard %d: %d commits that a failover had lost are written again", self.shard, len(lost))

    async def _read(self, wait_s: float) -> list[Entry]:
        stream = keys.readings(self.shard)
        async with asyncio.timeout(wait_s + self._timeout_s):
            # Zero would mean to wait for ever.
            found = await read_streams(
                self._redis, {stream: self._position}, count=self._read_count, block_ms=max(1, int(wait_s * 1000))
            )
        return found.get(stream, [])

    async def _chunks(self, rows: list[Entry]) -> AsyncIterator[list[tuple[str, Evidence]]]:
        """Decoded batch by batch: sixteen shards share a thread, and none may hold it for as long as a lease."""
        chunk: list[tuple[str, Evidence]] = []
        size = total = 0
        for entry in rows:
            evidence = await self._decode(entry)
            chunk.append((entry[0], evidence))
            size += len(evidence) if isinstance(evidence, list) else 1
            if size >= BATCH_OBSERVATIONS:
                yield chunk
                total += size
                chunk, size = [], 0
        if chunk:
            yield chunk
        if rows:
            wanted = BATCH_OBSERVATIONS * len(rows) // max(1, total + size)
            self._read_count = min(MOST_ENTRIES, max(FEWEST_ENTRIES, wanted))

    async def _decode(self, entry: Entry) -> Evidence:
        entry_id, fields = entry
        try:
            return decode_entry(fields)
        except ValueError as error:
            _log.warning("shard %d: entry %s is set aside: %s", self.shard, entry_id, error)
            async with asyncio.timeout(self._timeout_s):
                await self._store.set_aside(self.shard, entry_id, fields)
            return None

    async def _commit(self, outcome: Outcome, *, consumed: str | None = None) -> None:
        """`consumed`: the last entry of readings that it consumes."""
        position = consumed or self._position
        begun = time.perf_counter()
        async with asyncio.timeout(self._timeout_s):
            commit = await self._store.commit_batch(
                self.shard,
                outcome,
                token=self.token,
                commits=self._commits,
                after=self._change_id,
                position=position,
                heartbeat_us=self._fresh_until(position),
                consumed=consumed if consumed and isinstance(self._redis, ClusterRedis) else "",
            )
        self._figures.committed(outcome.batch, time.perf_counter() - begun)
        self._recent.add(commit)
        self._change_id = commit.change_id
        self._commits += 1
        self._position = position
        self._state.absorb(outcome)
        self._watch.update(outcome.sooner)
        self._closures.update(outcome.zones)

    async def _beat(self) -> None:
        """Once in a beat, between two commits of a backlog as well: keep the lease and look who has fallen silent."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._next_beat:
            return
        fresh_until = self._fresh_until(self._position)
        async with asyncio.timeout(self._timeout_s):
            if await self._store.head(self.shard) != (self._change_id, self._commits):
                raise ShardLostError(f"the store of shard {self.shard} has moved")
            await self._store.beat(self.shard, self.token, fresh_until)
        # While messages of the past come again, a device whose next one is still to come is not silent.
        is_replaying = loop.time() < self._replay_ends_at
        silent = [] if is_replaying else self._watch.expired(self._state.spaces, fresh_until)
        if silent:
            await self._commit(apply_silence(self._state, silent, fresh_until))
        # A window is the city's word, not a device's: it opens and ends by the clock, behind a backlog too.
        due = self._closures.due(self._now())
        if due:
            await self._commit(apply_closures(self._state, due, self._now()))
        self._next_beat = loop.time() + self._beat_s

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
