"""Checkpoints: every shard, from time to time, into PostgreSQL, so that a lost live store is back within a minute.

A checkpoint is stored only once history has everything that it rests on. So what is to be made up for after it stands
in history, and a reading that history never got is in neither.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus.cancellation import still_wanted
from parking.bus.lease import Lease
from parking.db.unit_of_work import Database
from parking.db.watch import OUTAGES
from parking.domain.clock import Clock, utc_now
from parking.occupancy.repository import lock_positions
from parking.occupancy.shard_image import ShardImage, pack, read_image
from parking.occupancy.shards import SHARDS, Shard
from parking.occupancy.streams import id_order
from parking.occupancy.tables import LiveCheckpointRow

LEASE_KEY: Final = "occ:checkpoint:lease"
LEASE_S: Final = 10.0
EVERY_S: Final = 300.0
"""Between two checkpoints of a shard: what came since then is gone over again, some 300,000 readings of a million spaces."""
KEPT: Final = 2
"""The one before stays, should the newest be damaged."""
HISTORY_WITHIN_S: Final = 60.0
"""Where history is further behind, it has to catch up first, and the shard waits for its next turn."""
POLL_S: Final = 0.5
RETRY_S: Final = 5.0

_log = logging.getLogger(__name__)


class Taken(NamedTuple):
    """Which state of a shard was kept last."""

    epoch: str
    commits: int


class Checkpointer:
    """Run one per worker process; one of all works, a shard at a time and evenly over the time."""

    def __init__(
        self, redis: Redis, database: Database, *, clock: Clock = utc_now, within_s: float = HISTORY_WITHIN_S
    ) -> None:
        self._redis = redis
        self._database = database
        self._clock = clock
        self._within_s = within_s
        self._lease = Lease(redis, LEASE_KEY, lease_s=LEASE_S)
        self._taken: dict[int, Taken] = {}

    async def run(self) -> None:
        """Until cancelled, through outages of either server."""
        down = False
        while True:
            still_wanted()
            try:
                await self._lease.lead(self._turns)
            except (RedisError, *OUTAGES) as error:
                if not down:
                    _log.warning("checkpoints: wait: %s", error)
                down = True
            else:
                down = False
            await asyncio.sleep(RETRY_S)

    async def _turns(self) -> None:
        async with self._database.transaction() as session:
            self._taken = {shard: kept.state for shard, kept in (await newest_kept(session)).items()}
        while True:
            for shard in SHARDS:
                still_wanted()
                is_new = shard not in self._taken
                await self.take(shard)
                # A new installation does not wait for its first.
                await asyncio.sleep(POLL_S if is_new else EVERY_S / len(SHARDS))

    async def take(self, shard: Shard) -> bool:
        """Keep the shard as it is now; False where nothing has changed, or history is too far behind.

        Raises RedisError, and what the database raises.
        """
        image = await read_image(self._redis, shard)
        now = Taken(image.epoch, image.commits)
        if not image.commits or self._taken.get(shard) == now:
            return False
        body = await asyncio.to_thread(pack, image)
        loop = asyncio.get_running_loop()
        given_up_at = loop.time() + self._within_s
        while not await self._store(shard, image, body):
            if loop.time() >= given_up_at:
                _log.warning("checkpoints: shard %d waits: history is too far behind", shard)
                return False
            await asyncio.sleep(POLL_S)
        self._taken[shard] = now
        return True

    async def _store(self, shard: int, image: ShardImage, body: bytes) -> bool:
        """False while history does not have all of it."""
        async with self._database.transaction() as session:
            # Locked, so that a rebuild that begins in between waits, and what it finds stays the newest.
            place = (await lock_positions(session, [shard])).get(shard)
            if place is None or place.epoch != image.epoch or id_order(place.change_id) < id_order(image.change_id):
                return False
            row = LiveCheckpointRow
            await session.execute(
                insert(row).values(
                    shard=shard, taken_at=self._clock(), epoch=image.epoch, commits=image.commits, body=body
                )
            )
            newest = select(row.taken_at).where(row.shard == shard).order_by(row.taken_at.desc()).limit(KEPT)
            await session.execute(delete(row).where(row.shard == shard, row.taken_at.not_in(newest)))
            return True


class Kept(NamedTuple):
    """A checkpoint without its body."""

    taken_at: datetime
    state: Taken


async def newest_kept(session: AsyncSession) -> dict[int, Kept]:
    """By shard."""
    row = LiveCheckpointRow
    found = await session.execute(select(row.shard, row.taken_at, row.epoch, row.commits).order_by(row.taken_at))
    return {shard: Kept(taken_at, Taken(epoch, commits)) for shard, taken_at, epoch, commits in found}


async def checkpoints(session: AsyncSession, shard: int) -> Sequence[bytes]:
    """What is kept of a shard, the newest first."""
    row = LiveCheckpointRow
    found = await session.scalars(select(row.body).where(row.shard == shard).order_by(row.taken_at.desc()))
    return found.all()
