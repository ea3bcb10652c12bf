"""A reader that follows snapshot and changes has what the live store has, and knows when it has missed something."""

from redis.asyncio import Redis

from parking.occupancy import keys
from parking.occupancy.engine import Engine
from parking.occupancy.live_reader import LiveReader
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shards import SHARDS, shard_of
from parking.occupancy.streams import START
from tests.parking.occupancy.live import running, snapshot_when
from tests.parking.occupancy.samples import fresh_reading, zone

SHARD = shard_of("z1")


async def test_reader_follows_from_its_snapshot(redis: Redis) -> None:
    stream, reader = RedisReadingStream(redis), LiveReader(redis)
    async with running(Engine(redis).run()):
        await stream.define_zone(zone("s1"))
        before = await snapshot_when(redis, lambda found: "s1" in found.spaces)
        await stream.append([fresh_reading("free")])
        feed = await reader.changes({SHARD: before.change_id}, block_ms=4000)
        after = await reader.snapshot(SHARD)
    assert feed.gaps == frozenset()
    assert [change.status for entry in feed.entries for change in entry.batch.changes] == ["free"]
    assert feed.entries[-1].batch.counts == [after.counts["z1"]]
    assert feed.entries[-1].change_id == after.change_id
    assert (await reader.heartbeats())[SHARD] is not None


async def test_reader_is_told_of_a_gap_when_entries_before_its_position_were_trimmed(redis: Redis) -> None:
    stream, reader = RedisReadingStream(redis), LiveReader(redis)
    async with running(Engine(redis).run()):
        await stream.define_zone(zone("s1"))
        first = await snapshot_when(redis, lambda found: "s1" in found.spaces)
        for status in ("free", "occupied"):
            await stream.append([fresh_reading(status)])
            await snapshot_when(redis, lambda found: found.spaces["s1"].belief == status)  # noqa: B023 - awaited here
    await redis.xtrim(keys.changes(SHARD), maxlen=1, approximate=False)
    feed = await reader.changes({SHARD: first.change_id}, block_ms=10)
    assert (feed.entries, feed.gaps) == ([], frozenset({SHARD}))
    assert (await reader.changes({SHARD: START}, block_ms=10)).gaps == frozenset({SHARD})
    now = await reader.snapshot(SHARD)
    assert (await reader.changes({SHARD: now.change_id}, block_ms=10)).entries == []


async def test_snapshot_is_empty_when_nothing_ever_happened(redis: Redis) -> None:
    found = await LiveReader(redis).snapshot(SHARD)
    assert (found.spaces, found.counts, found.change_id, found.heartbeat_us) == ({}, {}, START, None)
    assert await LiveReader(redis).heartbeats() == dict.fromkeys(SHARDS)
