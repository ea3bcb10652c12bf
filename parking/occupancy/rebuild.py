"""A shard of a live store that was lost, put back from PostgreSQL: the newest checkpoint and what history has after it.

The owner of a shard does it before anything else, under its lease and fenced by its token. Until the one commit at the end
the shard has not begun: whoever finds it so, after a crash in between, starts over. What history does not know yet of the
result is published by that commit; the engine then goes on with the readings that still wait in the stream.
"""

import asyncio
import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus.cancellation import still_wanted
from parking.db.leader import work_while
from parking.db.unit_of_work import Database
from parking.db.watch import OUTAGES
from parking.domain.clock import Clock, to_micros, utc_now
from parking.domain.errors import InvalidInputError, UnavailableError
from parking.occupancy import keys, rebuild_rows
from parking.occupancy.checkpoint import checkpoints
from parking.occupancy.engine_batch import Outcome, Written
from parking.occupancy.feed import differences
from parking.occupancy.live_store import LiveStore, shard_state
from parking.occupancy.model import ChangeBatch
from parking.occupancy.retrace import Retracing, Told
from parking.occupancy.shard_image import EMPTY, ShardImage, unpack
from parking.occupancy.shards import Shard, shard_of
from parking.occupancy.streams import START, id_order
from parking.places.repository import zone_definitions, zone_revisions
from parking.restrictions.repository import closures

AT_ONCE: Final = 2
"""Shards that are rebuilt at the same time: one waits for the database while the other computes."""
BEAT_S: Final = 1.0
WITHOUT_CHECKPOINT: Final = timedelta(hours=1)
"""How far back readings are gone over where there is no checkpoint: as long as a network may hold a frame (docs/order.md)."""
FIELDS_AT_ONCE: Final = 2000
MICROS_PER_MS: Final = 1000
_MILLISECOND: Final = timedelta(milliseconds=1)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebuilt:
    """What became of one shard."""

    shard: Shard
    from_checkpoint: bool
    spaces: int
    readings: int
    """Gone over again."""
    changes: int
    """Published anew, because history did not have them."""


class Rebuilder:
    """One per process; a shard at a time is handed in by who owns it."""

    def __init__(self, redis: Redis, database: Database, *, clock: Clock = utc_now) -> None:
        self._redis = redis
        self._database = database
        self._clock = clock
        self._free = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, store: LiveStore, shard: Shard, token: int) -> Rebuilt | None:
        """None where the shard has begun already, or nothing is known of it.

        Raises `ShardLostError` when the lease is lost, RedisError, and UnavailableError `history_unavailable` while history
        cannot be asked: nobody may begin with an empty city because of that.
        """
        if await store.is_begun(shard):
            return None
        rebuilt: Rebuilt | None = None

        async def keep() -> None:
            while True:
                await store.beat(shard, token, None)
                still_wanted()
                await asyncio.sleep(BEAT_S)

        async def work() -> None:
            nonlocal rebuilt
            async with self._free:
                rebuilt = await self._rebuild(store, shard, token)

        try:
            await work_while(keep, work)
        except OUTAGES as error:
            raise UnavailableError(
                f"shard {shard} waits for history, from which it is rebuilt: {error}", code="history_unavailable"
            ) from error
        if rebuilt is not None:
            _log.info(
                "shard %d is rebuilt from %s: %d spaces, %d readings gone over again, %d changes published",
                shard,
                "a checkpoint" if rebuilt.from_checkpoint else "history alone",
                rebuilt.spaces,
                rebuilt.readings,
                rebuilt.changes,
            )
        return rebuilt

    async def _rebuild(self, store: LiveStore, shard: Shard, token: int) -> Rebuilt | None:
        epoch: bytes | None = await self._redis.hget(keys.meta(shard), "epoch")  # type: ignore[assignment]  # the client answers bytes
        await store.clear(shard, token)
        async with self._database.transaction() as session:
            await rebuild_rows.begin_life(session, shard, "" if epoch is None else epoch.decode())
        async with self._database.transaction() as session:
            image = await _newest(session, shard)
            found = await self._retraced(session, shard, image or EMPTY)
        if found is None:
            return None
        retracing, position, readings = found
        at = to_micros(self._clock())
        changes = retracing.changes(at)
        for name in keys.HASHES:
            for part in _parts(getattr(retracing.state, name).data):
                await store.restore(shard, token, name, part)
        batch = ChangeBatch(at, changes, list(retracing.state.counts.values()), [])
        nothing = Written({}, {}, {}, {}, {})
        outcome = Outcome(
            spaces={}, counts={}, zones={}, devices={}, beliefs={}, sooner={}, written=nothing, batch=batch
        )
        known_until = id_order(position)[0] * MICROS_PER_MS
        await store.commit_batch(
            shard, outcome, token=token, commits=0, after=START, position=position, heartbeat_us=known_until
        )
        return Rebuilt(
            shard=shard,
            from_checkpoint=image is not None,
            spaces=len(retracing.state.spaces),
            readings=readings,
            changes=len(changes),
        )

    async def _retraced(
        self, session: AsyncSession, shard: Shard, image: ShardImage
    ) -> tuple[Retracing, str, int] | None:
        """The shard as history has it, the last reading entry that this rests on, and how many were gone over again."""
        state = shard_state(image.hashes)
        now = self._clock()
        zone_ids = [zone_id for zone_id in await zone_revisions(session) if shard_of(zone_id) == shard]
        wanted = await zone_definitions(session, zone_ids)
        closed = await closures(session, now, zone_ids)
        if image is EMPTY:
            spaces = [str(space_id) for zone in wanted for space_id, _ in zone.spaces]
            told = await rebuild_rows.last_changes(session, shard, spaces)
            position = _before(told, WITHOUT_CHECKPOINT)
        else:
            told = await rebuild_rows.changes_after(session, shard, image.change_id)
            position = image.position
        retracing = Retracing(state, told)
        # A zone of which nobody was ever told is new, and the zone feeder's.
        known = state.zones.keys() | {change.zone_id for change in told}
        entries = differences(wanted, state.zones, closed, to_micros(now))
        retracing.define([entry for entry in entries if entry.zone_id in known], to_micros(now))
        readings = 0
        async for chunk in rebuild_rows.readings_after(session, shard, position):
            retracing.hear(chunk)
            readings += sum(len(entry) for _, entry in chunk)
            position = chunk[-1][0]
            await asyncio.sleep(0)
        if not known and not readings:
            return None
        heard = await rebuild_rows.last_heard(session, retracing.unheard())
        retracing.settle(heard, to_micros(now))
        return retracing, position, readings


async def _newest(session: AsyncSession, shard: Shard) -> ShardImage | None:
    for body in await checkpoints(session, shard):
        try:
            return await asyncio.to_thread(unpack, body)
        except InvalidInputError as error:
            _log.error("shard %d: %s", shard, error.detail)
    return None


def _before(told: Sequence[Told], back: timedelta) -> str:
    """An entry id so long before the last published change."""
    if not told:
        return START
    return f"{max(0, id_order(told[-1].change_id)[0] - back // _MILLISECOND)}-0"


def _parts(fields: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    pairs = iter(fields.items())
    while part := dict(itertools.islice(pairs, FIELDS_AT_ONCE)):
        yield part
