"""The live store is broken by hand in every way that the check knows, found out, and put right by the engine itself."""

import msgspec
from redis.asyncio import Redis
from sqlalchemy import text

from parking.db.unit_of_work import Database
from parking.occupancy import keys
from parking.occupancy.checking import Checker
from parking.occupancy.engine import Engine
from parking.occupancy.feed import ZoneFeeder
from parking.occupancy.history import HistoryWriter
from parking.occupancy.live_store import shard_state
from parking.occupancy.model import SpaceState
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shard_image import read_image
from parking.occupancy.shards import shard_of
from tests.parking.occupancy.live import running, snapshot_when, until
from tests.parking.occupancy.samples import assert_counts_equal_spaces, fresh_reading
from tests.parking.occupancy.test_feed import CITY, execute
from tests.parking.occupancy.test_rebuild import counted

SHARD = shard_of("z1")
CLOSED = """
INSERT INTO space (space_id, zone_id, kind, use, geometry, in_service) VALUES
    ('s4', 'z1', 'kerb', 'ordinary', '{}', true), ('s5', 'z1', 'kerb', 'ordinary', '{}', true),
    ('s6', 'z1', 'kerb', 'ordinary', '{}', true)
"""


async def test_what_differs_is_found_and_put_right_by_the_engine(redis: Redis, database: Database) -> None:
    await execute(database, CITY + ";" + CLOSED)
    stream = RedisReadingStream(redis)
    checker = Checker(redis, database, stream, again_after_s=0.05)
    async with running(HistoryWriter(redis, database).run()):
        async with running(Engine(redis, beat_s=0.05).run()):
            await ZoneFeeder(redis, database, stream).reconcile()
            await snapshot_when(redis, lambda found: "s6" in found.spaces)
            await stream.append(
                [
                    fresh_reading("free", device="d1", space="s1"),
                    fresh_reading("occupied", device="d5", space="s5"),
                    fresh_reading("occupied", device="d6", space="s6"),
                ]
            )
            await until(counted(database, "space_state_change", 9))
            assert await checker.check() == []
        await _break(redis)
        found = await checker.check([SHARD])
        assert {(finding.what, finding.subject) for finding in found} == {
            ("counts_differ", "z1"),
            ("counts_differ", "z0"),
            ("space_missing", "s1"),
            ("service_differs", "s2"),
            ("space_elsewhere", "s4"),
            ("space_surplus", "s7"),
            ("history_differs", "s5"),
            ("entries_set_aside", ""),
        } | {("history_differs", space) for space in ("s2",)}
        assert {(finding.subject, finding.found) for finding in found if finding.what == "counts_differ"} == {
            ("z1", (5, 5, 0, 0, 0, 0)),
            ("z0", None),
        }
        async with running(Engine(redis, beat_s=0.05).run()):
            await checker.repair(found)

            async def is_right() -> bool:
                left = await checker.check()
                return {finding.what for finding in left} == {"entries_set_aside"}

            await until(is_right)
            after = await snapshot_when(redis, lambda found: found.spaces["s5"].belief == "occupied")
    assert_counts_equal_spaces(after.counts, after.spaces)
    assert after.spaces.keys() == {"s1", "s2", "s4", "s5", "s6"}
    assert (after.spaces["s1"].belief, after.spaces["s6"].belief) == ("unknown", "occupied")


async def _break(redis: Redis) -> None:
    """Behind the back of an engine that has stopped."""
    state = shard_state((await read_image(redis, SHARD)).hashes)

    async def put(space_id: str, state: SpaceState) -> None:
        await redis.hset(keys.spaces(SHARD), space_id, msgspec.msgpack.encode(state))

    counts = state.counts["z1"]
    wrong = msgspec.structs.replace(counts, vacant=5, occupied=0, unknown=0, restricted=0)
    await redis.hset(keys.counts(SHARD), "z1", msgspec.msgpack.encode(wrong))
    await redis.hdel(keys.spaces(SHARD), "s1")
    await put("s2", msgspec.structs.replace(state.spaces["s2"], in_service=True))
    await put("s4", msgspec.structs.replace(state.spaces["s4"], zone_id="z0"))
    await put("s5", msgspec.structs.replace(state.spaces["s5"], belief="free"))
    await put("s7", SpaceState("z1"))
    await redis.xadd(keys.poison(SHARD), {"k": "?"})


async def test_store_and_history_of_other_lives_are_found(redis: Redis, database: Database) -> None:
    await execute(database, CITY)
    stream = RedisReadingStream(redis)
    checker = Checker(redis, database, stream, again_after_s=0.05)
    async with running(Engine(redis, beat_s=0.05).run(), HistoryWriter(redis, database).run()):
        await ZoneFeeder(redis, database, stream).reconcile()
        await until(counted(database, "space_state_change", 3))
        assert await checker.check() == []
    async with database.transaction() as session:
        await session.execute(text("UPDATE history_position SET epoch = 'another'"))
    await redis.hset(keys.meta(SHARD), mapping={"position": "9999999999999-0", "change": "9999999999999-0"})
    async with database.transaction() as session:
        await session.execute(text("UPDATE zone SET revision = 200 WHERE zone_id = 'z1'"))
        await session.execute(text("UPDATE zone SET removed_at = now() WHERE zone_id = 'z21'"))
    found = {(finding.what, finding.subject) for finding in await checker.check()}
    assert found == {
        ("history_of_another_life", ""),
        ("position_ahead", ""),
        ("changes_missing", ""),
        ("zone_behind", "z1"),
        ("zone_surplus", "z21"),
    }
