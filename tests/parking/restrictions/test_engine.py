"""From a row in PostgreSQL to a closed space in the live store, and back by the engine's clock alone."""

from datetime import datetime, timedelta
from typing import Final

from redis.asyncio import Redis

from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros, utc_now
from parking.occupancy.engine import Engine
from parking.occupancy.feed import ZoneFeeder
from parking.occupancy.live_reader import ShardSnapshot
from parking.occupancy.reading_stream import RedisReadingStream
from parking.restrictions import service
from tests.parking.occupancy.live import running, snapshot_when
from tests.parking.occupancy.samples import fresh_reading
from tests.parking.restrictions.small_street import fill, wanted

INSTANT: Final = timedelta(microseconds=1)


def status(found: ShardSnapshot, space_id: str) -> str | None:
    return found.spaces[space_id].status if space_id in found.spaces else None


class Hands:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = utc_now()

    def read(self) -> datetime:
        return self.now


async def test_engine_opens_and_closes_in_time_when_nobody_feeds_it_any_more(redis: Redis, database: Database) -> None:
    await fill(database)
    stream, hands = RedisReadingStream(redis), Hands()
    feeder = ZoneFeeder(redis, database, stream, clock=hands.read)
    now = hands.now
    start, end = now + timedelta(minutes=1), now + timedelta(minutes=2)
    async with database.transaction() as session:
        await service.apply(session, wanted("s1", start=1, end=2, base=now), at=now)
    async with running(Engine(redis, beat_s=0.05, clock=hands.read).run()):
        await feeder.reconcile()
        await stream.append([fresh_reading("occupied")])
        await snapshot_when(redis, lambda found: status(found, "s1") == "occupied")
        hands.now = start - INSTANT
        before = await snapshot_when(redis, lambda found: found.heartbeat_us == to_micros(hands.now))
        assert status(before, "s1") == "occupied"
        hands.now = start
        shut = await snapshot_when(redis, lambda found: status(found, "s1") == "restricted")
        state = shut.spaces["s1"]
        assert (state.belief, state.closed_for) == ("occupied", "cleaning")
        assert state.closed_until == to_micros(end)
        assert shut.counts["z1"].restricted_occupied == 1
        hands.now = end - INSTANT
        still = await snapshot_when(redis, lambda found: found.heartbeat_us == to_micros(hands.now))
        assert status(still, "s1") == "restricted"
        hands.now = end
        opened = await snapshot_when(redis, lambda found: status(found, "s1") == "occupied")
        assert opened.counts["z1"].restricted == 0


async def test_release_reaches_the_engine_and_so_does_everything_when_the_store_was_wiped(
    redis: Redis, database: Database
) -> None:
    await fill(database)
    feeder = ZoneFeeder(redis, database, RedisReadingStream(redis))
    now = utc_now()
    async with database.transaction() as session:
        await service.apply(session, wanted("s1", "s2", start=-1, base=now), at=now)
        await service.apply(session, wanted("s1", start=-1, restriction_id="r2", base=now), at=now)
    async with running(Engine(redis, lease_ms=300, beat_s=0.05).run()):
        await feeder.reconcile()
        await snapshot_when(redis, lambda found: "z1" in found.counts and found.counts["z1"].restricted == 2)
        async with database.transaction() as session:
            await service.release(session, "r1", requester="operator", at=utc_now())
        assert await feeder.reconcile(["z1"]) == 1
        await snapshot_when(redis, lambda found: found.counts["z1"].restricted == 1)
        await redis.flushall()
        await feeder.reconcile()
        back = await snapshot_when(redis, lambda found: "z1" in found.counts)
        assert (status(back, "s1"), status(back, "s2")) == ("restricted", "unknown")
