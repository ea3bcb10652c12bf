"""The live store is lost, whole or in part, and comes back as it was: on real servers, with everything running."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.errors import UnavailableError
from parking.occupancy import keys
from parking.occupancy.checkpoint import Checkpointer, checkpoints
from parking.occupancy.engine import Engine
from parking.occupancy.evidence import Observation
from parking.occupancy.feed import ZoneFeeder
from parking.occupancy.history import HistoryWriter
from parking.occupancy.live_store import LiveStore, ShardLostError
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.rebuild import Rebuilder
from parking.occupancy.rebuild_all import LiveStoreNotEmptyError, rebuild_all
from parking.occupancy.shard_image import ShardImage, read_image
from parking.occupancy.shards import shard_of
from parking.occupancy.streams import read_range
from tests.parking.occupancy.live import running, until
from tests.parking.occupancy.samples import fresh_reading
from tests.parking.occupancy.test_feed import CITY, execute

SHARD = shard_of("z1")


class Said(NamedTuple):
    """What sensors say, of the moment in which a test begins: a rebuild reads no history from long before its checkpoint."""

    first: list[Observation]
    then: list[Observation]


@pytest.fixture
def said() -> Said:
    return Said(
        first=[
            fresh_reading("free", event_id="e1", device="d1", space="s1"),
            fresh_reading("occupied", event_id="e2", device="d2", space="s2", silence_s=1),
            fresh_reading("free", event_id="e3", device="d3", space="s1", kind="restate"),
        ],
        then=[
            fresh_reading("occupied", event_id="e4", device="d1", space="s1"),
            fresh_reading("free", event_id="e5", device="d3", space="s2", kind="restate"),
            fresh_reading(event_id="e6", device="d9", space="nowhere"),
        ],
    )


def counted(database: Database, table: str, wanted: int) -> Callable[[], Awaitable[bool]]:
    async def is_so() -> bool:
        async with database.transaction() as session:
            return bool(await session.scalar(text(f"SELECT count(*) FROM {table}")) == wanted)  # noqa: S608 - of this file

    return is_so


async def lived_through(redis: Redis, database: Database, said: Said, *, with_checkpoint: bool) -> ShardImage:
    """A city hears some things, is checkpointed or not, hears more; all is in history when this returns."""
    await execute(database, CITY)
    stream = RedisReadingStream(redis)
    async with running(Engine(redis, beat_s=0.05).run(), HistoryWriter(redis, database).run()):
        await ZoneFeeder(redis, database, stream).reconcile()
        await stream.append(said.first)
        # An inventory of three, two words that tell something, and a silence.
        await until(counted(database, "space_state_change", 6))
        if with_checkpoint:
            assert await Checkpointer(redis, database).take(SHARD)
            assert not await Checkpointer(redis, database, within_s=0).take(shard_of("elsewhere"))
        await stream.append(said.then)
        await until(counted(database, "observation", 6))
        await until(lambda: _is_committed(redis, database))
    return await read_image(redis, SHARD)


async def _is_committed(redis: Redis, database: Database) -> bool:
    image = await read_image(redis, SHARD)
    async with database.transaction() as session:
        found = await session.scalar(text(f"SELECT change_id FROM history_position WHERE shard = {SHARD}"))  # noqa: S608
    return bool(found == image.change_id)


async def _is_begun(redis: Redis) -> bool:
    return bool(await redis.hexists(keys.meta(SHARD), "commits"))


@pytest.mark.parametrize("with_checkpoint", [True, False])
async def test_lost_store_is_back_as_it_was_and_goes_on(
    redis: Redis, database: Database, said: Said, *, with_checkpoint: bool
) -> None:
    before = await lived_through(redis, database, said, with_checkpoint=with_checkpoint)
    await redis.flushall()
    stream = RedisReadingStream(redis)
    # Copies, which only the windows can tell from readings, and a word that came while the store was empty.
    await stream.append([*said.first, *said.then, fresh_reading("free", event_id="e7", device="d1", space="s1")])
    rebuilder = Rebuilder(redis, database)
    store = LiveStore(redis, lease_ms=5000)
    token = await store.acquire(SHARD, epoch="new")
    assert token is not None
    report = await rebuilder(store, SHARD, token)
    assert report is not None
    assert (report.from_checkpoint, report.spaces, report.readings, report.changes) == (
        with_checkpoint,
        2,
        3 if with_checkpoint else 6,
        0,
    )
    after = await read_image(redis, SHARD)
    assert after.hashes["spaces"] == before.hashes["spaces"]
    assert after.hashes["devices"] == before.hashes["devices"]
    assert after.hashes["zones"].keys() == before.hashes["zones"].keys()
    assert after.hashes["counts"] == before.hashes["counts"]
    assert (after.position, after.epoch, after.commits) == (before.position, "new", 1)
    await store.release(SHARD, token)
    async with running(Engine(redis, beat_s=0.05, rebuild=rebuilder).run(), HistoryWriter(redis, database).run()):
        await until(counted(database, "observation", 7))
        await until(counted(database, "space_state_change", 9))
        await until(lambda: _is_committed(redis, database))


async def test_store_is_rebuilt_beside_engines_with_what_history_never_got(
    redis: Redis, database: Database, said: Said
) -> None:
    await lived_through(redis, database, said, with_checkpoint=True)
    stream = RedisReadingStream(redis)
    # The engine consumes it, and nobody commits it to history.
    async with running(Engine(redis, beat_s=0.05).run()):
        await stream.append([fresh_reading("free", event_id="e7", device="d1", space="s1")])
        await until(lambda: _is_consumed(redis))
    with pytest.raises(LiveStoreNotEmptyError):
        await rebuild_all(redis, database, anew=False)
    async with running(
        Engine(redis, beat_s=0.05, rebuild=Rebuilder(redis, database)).run(),
        Engine(redis, beat_s=0.05, rebuild=Rebuilder(redis, database)).run(),
        HistoryWriter(redis, database).run(),
    ):
        await rebuild_all(redis, database, anew=True)
        await until(counted(database, "observation", 7))
        await until(counted(database, "space_state_change", 9))


async def _is_consumed(redis: Redis) -> bool:
    last = await read_range(redis, keys.readings(SHARD), "-", "+")
    return (await read_image(redis, SHARD)).position == last[-1][0]


async def test_rebuild_that_was_cut_off_begins_again_and_an_owner_that_lost_the_shard_writes_nothing(
    redis: Redis, database: Database, said: Said
) -> None:
    before = await lived_through(redis, database, said, with_checkpoint=True)
    await redis.flushall()
    store = LiveStore(redis, lease_ms=5000)
    former = await store.acquire(SHARD, epoch="new")
    assert former is not None
    await store.restore(SHARD, former, "spaces", {"left over": b"\x90"})
    token = await store.acquire(SHARD, epoch="new", former=former)
    assert token is not None
    with pytest.raises(ShardLostError):
        await store.restore(SHARD, former, "spaces", {"late": b"\x90"})
    with pytest.raises(ShardLostError):
        await Rebuilder(redis, database)(store, SHARD, former)
    assert await Rebuilder(redis, database)(store, SHARD, token) is not None
    assert (await read_image(redis, SHARD)).hashes["spaces"] == before.hashes["spaces"]
    assert await Rebuilder(redis, database)(store, SHARD, token) is None
    with pytest.raises(ShardLostError):
        await store.restore(SHARD, token, "spaces", {"begun": b"\x90"})


async def test_nobody_begins_with_an_empty_city_while_history_does_not_answer(redis: Redis) -> None:
    nowhere = Database(open_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none"))
    store = LiveStore(redis, lease_ms=5000)
    token = await store.acquire(SHARD, epoch="new")
    assert token is not None
    with pytest.raises(UnavailableError) as refused:
        await Rebuilder(redis, nowhere)(store, SHARD, token)
    assert refused.value.code == "history_unavailable"
    assert not await _is_begun(redis)
    await nowhere.close()


async def test_damaged_checkpoint_is_passed_over_and_two_are_kept(redis: Redis, database: Database, said: Said) -> None:
    before = await lived_through(redis, database, said, with_checkpoint=True)
    checkpointer = Checkpointer(redis, database)
    assert await checkpointer.take(SHARD)
    assert not await checkpointer.take(SHARD)
    await redis.hincrby(keys.meta(SHARD), "commits", 1)
    assert await checkpointer.take(SHARD)
    async with database.transaction() as session:
        assert len(await checkpoints(session, SHARD)) == 2
        await session.execute(
            text("UPDATE live_checkpoint SET body = 'x' WHERE taken_at = (SELECT max(taken_at) FROM live_checkpoint)")
        )
    await redis.flushall()
    store = LiveStore(redis, lease_ms=5000)
    token = await store.acquire(SHARD, epoch="new")
    assert token is not None
    report = await Rebuilder(redis, database)(store, SHARD, token)
    assert report is not None
    assert report.from_checkpoint
    assert (await read_image(redis, SHARD)).hashes["spaces"] == before.hashes["spaces"]
