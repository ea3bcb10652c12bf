"""Zone definitions reach the engine when they change, when they go, and when the live store was wiped."""

from redis.asyncio import Redis
from sqlalchemy import text

from parking.db.unit_of_work import Database
from parking.occupancy.engine import Engine
from parking.occupancy.feed import ZoneFeeder
from parking.occupancy.reading_stream import RedisReadingStream
from tests.parking.occupancy.live import running, snapshot_when, until
from tests.parking.occupancy.samples import fresh_reading

CITY = """
INSERT INTO district (district_id, name, name_en) VALUES ('d', '区', 'District');
INSERT INTO zone (zone_id, district_id, name, name_en, area_class, revision) VALUES
    ('z1', 'd', '一', 'One', 'I', 101), ('z21', 'd', '二', 'Two', 'II', 102), ('z9', 'd', '空', 'Empty', 'III', 103);
INSERT INTO space (space_id, zone_id, kind, use, geometry, in_service) VALUES
    ('s1', 'z1', 'kerb', 'ordinary', '{}', true), ('s2', 'z1', 'kerb', 'ordinary', '{}', false),
    ('s3', 'z21', 'kerb', 'ordinary', '{}', true)
"""


async def execute(database: Database, statements: str) -> None:
    async with database.transaction() as session:
        for statement in statements.split(";"):
            await session.execute(text(statement.replace(":", r"\\:")))


async def test_engine_learns_the_inventory_and_its_changes(redis: Redis, database: Database) -> None:
    await execute(database, CITY)
    stream = RedisReadingStream(redis)
    feeder = ZoneFeeder(redis, database, stream)
    async with running(Engine(redis, lease_ms=300, beat_s=0.05).run()):
        assert await feeder.reconcile() == 2
        await snapshot_when(redis, lambda found: "s2" in found.spaces)
        await snapshot_when(redis, lambda found: "s3" in found.spaces, zone_id="z21")
        assert await feeder.reconcile() == 0
        assert await feeder.reconcile(["z1"]) == 0

        await execute(
            database,
            "UPDATE space SET removed_at = now() WHERE space_id = 's2';"
            "UPDATE zone SET revision = 104 WHERE zone_id = 'z1';"
            "UPDATE zone SET removed_at = now() WHERE zone_id = 'z21'",
        )
        assert await feeder.reconcile(["z1"]) == 1
        await snapshot_when(redis, lambda found: found.spaces.keys() == {"s1"})
        assert await feeder.reconcile() == 1
        await snapshot_when(redis, lambda found: "z21" not in found.counts, zone_id="z21")

        await redis.flushall()
        await until(lambda: _sent(feeder, 1))
        await snapshot_when(redis, lambda found: found.spaces.keys() == {"s1"})


async def test_zone_begins_anew_when_the_inventory_was_wound_back(redis: Redis, database: Database) -> None:
    await execute(database, CITY)
    stream = RedisReadingStream(redis)
    feeder = ZoneFeeder(redis, database, stream)
    async with running(Engine(redis, beat_s=0.05).run()):
        await feeder.reconcile()
        await snapshot_when(redis, lambda found: "s1" in found.spaces)
        await stream.append([fresh_reading("free")])
        await snapshot_when(redis, lambda found: found.spaces["s1"].belief == "free")
        await execute(database, "UPDATE zone SET revision = 7 WHERE zone_id = 'z1'")
        assert await feeder.reconcile() == 2
        await snapshot_when(redis, lambda found: "z1" in found.counts and found.counts["z1"].revision == 7)
        assert await feeder.reconcile() == 0


async def _sent(feeder: ZoneFeeder, definitions: int) -> bool:
    return await feeder.reconcile() >= definitions
