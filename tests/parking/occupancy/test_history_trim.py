"""A stream is never shorter than what history has committed, whatever fails between the two."""

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.occupancy import keys
from parking.occupancy.engine import Engine
from parking.occupancy.history import HistoryWriter
from parking.occupancy.history_trim import StreamTrimmer
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shards import shard_of
from parking.occupancy.streams import read_range
from tests.parking.occupancy.live import running, snapshot_when
from tests.parking.occupancy.samples import fresh_reading, zone

pytestmark = pytest.mark.service
SHARD = shard_of("z1")
CHANGES_AT = "9-0"


async def entries(redis: Redis) -> list[str]:
    return [entry_id for entry_id, _ in await read_range(redis, keys.readings(SHARD), "-", "+")]


async def five_readings(redis: Redis, *, epoch: str, position: str | None) -> StreamTrimmer:
    for number in range(1, 6):
        await redis.xadd(keys.readings(SHARD), {"d": "x"}, id=f"1-{number}")
    await redis.hset(keys.meta(SHARD), "epoch", epoch)
    if position is not None:
        await redis.hset(keys.meta(SHARD), "position", position)
    return StreamTrimmer(redis, utc_now)


async def test_nothing_goes_that_history_has_not_committed(redis: Redis) -> None:
    trimmer = await five_readings(redis, epoch="life", position="1-5")
    await trimmer.trim({SHARD: ("life", CHANGES_AT)}, now=True)
    assert len(await entries(redis)) == 5
    trimmer.covered({SHARD: ("life", "1-2")})
    await trimmer.trim({SHARD: ("life", CHANGES_AT)}, now=True)
    assert await entries(redis) == ["1-3", "1-4", "1-5"]


async def test_nothing_goes_of_a_life_that_began_since_history_looked(redis: Redis) -> None:
    trimmer = await five_readings(redis, epoch="next", position="1-5")
    trimmer.covered({SHARD: ("life", "1-4")})
    await trimmer.trim({SHARD: ("life", CHANGES_AT)}, now=True)
    assert len(await entries(redis)) == 5
    await trimmer.trim({SHARD: ("next", "0-0")}, now=True)
    await trimmer.trim({SHARD: ("next", "0-0")}, now=True)
    assert len(await entries(redis)) == 5


@pytest.mark.parametrize(("position", "left"), [("1-3", ["1-4", "1-5"]), ("0-9", None), (None, None)])
async def test_what_the_engine_must_consume_again_stays_when_the_store_was_set_back(
    redis: Redis, position: str | None, left: list[str] | None
) -> None:
    trimmer = await five_readings(redis, epoch="life", position=position)
    every = await entries(redis)
    trimmer.covered({SHARD: ("life", "1-5")})
    await trimmer.trim({SHARD: ("life", CHANGES_AT)}, now=True)
    assert await entries(redis) == (left or every)
    await redis.hset(keys.meta(SHARD), "position", "1-5")
    await trimmer.trim({SHARD: ("life", CHANGES_AT)}, now=True)
    assert await entries(redis) == []


async def test_everything_waits_while_the_database_takes_nothing(redis: Redis, database: Database) -> None:
    stream = RedisReadingStream(redis)
    await stream.define_zone(zone("s1"))
    await stream.append([fresh_reading(event_id="e1")])
    async with running(Engine(redis).run()):
        await snapshot_when(redis, lambda found: "s1" in found.spaces and found.spaces["s1"].belief == "occupied")
    writer = HistoryWriter(redis, database)
    await _execute(database, "ALTER TABLE observation RENAME TO gone")
    with pytest.raises(SQLAlchemyError):
        await writer.follow()
    await writer._trimmer.trim(writer._reached, now=True)
    assert len(await entries(redis)) == 2
    await _execute(database, "ALTER TABLE gone RENAME TO observation")
    await writer._load()
    await writer.step()
    await writer._trimmer.trim(writer._reached, now=True)
    assert await entries(redis) == []


async def _execute(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement))
