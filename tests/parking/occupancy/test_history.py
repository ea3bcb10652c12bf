"""History on real servers: every accepted reading once, every change once, whatever is killed."""

import asyncio
import logging
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from api import schema
from api.embedded.folder import DataFolder
from api.embedded.postgres import PostgresServer
from api.embedded.server import EmbeddedServer
from api.embedded.valkey import ValkeyServer
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import from_micros, utc_now
from parking.domain.errors import UnavailableError
from parking.occupancy import keys
from parking.occupancy.engine import Engine
from parking.occupancy.history import HistoryMovedError, HistoryWriter
from parking.occupancy.history_trim import StreamTrimmer
from parking.occupancy.live_reader import LiveReader
from parking.occupancy.partitions import ensure_partitions, months_from
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.rollup import whole_hour
from parking.occupancy.shards import shard_of
from parking.occupancy.streams import read_range
from tests.parking.occupancy.live import running, snapshot_when, until
from tests.parking.occupancy.samples import fresh_reading, reading, zone

SHARD = shard_of("z1")


async def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    async with database.transaction() as session:
        return [tuple(row) for row in await session.execute(text(query))]


async def written(database: Database, readings: int) -> bool:
    return await rows(database, "SELECT count(*) FROM observation") >= [(readings,)]


async def test_history_has_every_reading_but_the_copies_and_every_change(redis: Redis, database: Database) -> None:
    stream = RedisReadingStream(redis)
    await stream.define_zone(zone("s1"))
    readings = [
        fresh_reading("free", event_id="e1", session="nul\0", battery_v=0.0),
        fresh_reading("free", event_id="e1"),
        fresh_reading("occupied", event_id="e2"),
        fresh_reading(space="nowhere", device="d9"),
    ]
    await stream.append(readings)
    async with running(Engine(redis).run(), HistoryWriter(redis, database).run()):
        await until(lambda: written(database, 3))
    found = await rows(database, "SELECT event_id, disposition, item, battery_v FROM observation ORDER BY item")
    assert found == [("e1", "a", 0, 0.0), ("e2", "a", 2, None), (None, "u", 3, None)]
    changed = await rows(database, "SELECT status, evidence FROM space_state_change ORDER BY change_id, item")
    assert changed == [("unknown", "inventory"), ("free", "change"), ("occupied", "change")]


async def test_stream_is_trimmed_below_what_history_has_committed_only(redis: Redis, database: Database) -> None:
    stream = RedisReadingStream(redis)
    await stream.define_zone(zone("s1"))
    await stream.append([fresh_reading(event_id="e1")])
    async with running(Engine(redis).run()):
        await snapshot_when(redis, lambda found: "s1" in found.spaces and found.spaces["s1"].belief == "occupied")
        assert await redis.xlen(keys.readings(SHARD)) == 2
        async with running(HistoryWriter(redis, database).run()):
            await until(lambda: _is_empty(redis))
    assert await redis.xlen(keys.changes(SHARD)) >= 1


async def _is_empty(redis: Redis) -> bool:
    return await redis.xlen(keys.readings(SHARD)) == 0


async def test_changes_are_kept_for_the_publisher_and_for_ten_minutes(redis: Redis) -> None:
    now_ms = int(utc_now().timestamp() * 1000)
    old = [f"{now_ms - 3_600_000 + n}-0" for n in range(4)]
    for entry_id in [*old, f"{now_ms}-0"]:
        await redis.xadd(keys.changes(SHARD), {"d": "larger than a node of the stream" * 200}, id=entry_id)
    trimmer = StreamTrimmer(redis, utc_now)
    await redis.set(keys.published(SHARD), old[2])
    await redis.hset(keys.meta(SHARD), "epoch", "life")
    await trimmer.trim({SHARD: ("life", f"{now_ms}-0")}, now=True)
    kept = [entry_id for entry_id, _ in await read_range(redis, keys.changes(SHARD), "-", "+")]
    assert kept == [old[2], old[3], f"{now_ms}-0"]
    await redis.delete(keys.published(SHARD))
    await trimmer.trim({SHARD: ("life", f"{now_ms}-0")}, now=True)
    assert await redis.xlen(keys.changes(SHARD)) == 1


async def test_second_writer_writes_nothing_when_the_position_has_moved(redis: Redis, database: Database) -> None:
    stream = RedisReadingStream(redis)
    await stream.define_zone(zone("s1"))
    await stream.append([fresh_reading(event_id="e1")])

    async def every_shard_lives() -> bool:
        return None not in (await LiveReader(redis).heartbeats()).values()

    async with running(Engine(redis).run()):
        await snapshot_when(redis, lambda found: "s1" in found.spaces and found.spaces["s1"].belief == "occupied")
        # A writer that finds a shard which nobody has named yet looks at all positions again.
        await until(every_shard_lives)
    one, other = HistoryWriter(redis, database), HistoryWriter(redis, database)
    await one._load()
    await other._load()
    await one.step()
    with pytest.raises(HistoryMovedError):
        await other.step()
    assert await rows(database, "SELECT count(*) FROM observation") == [(1,)]


async def test_history_begins_at_the_first_entry_when_the_live_store_was_wiped(
    redis: Redis, database: Database
) -> None:
    stream = RedisReadingStream(redis)
    async with running(Engine(redis, lease_ms=300, beat_s=0.05).run(), HistoryWriter(redis, database).run()):
        for life in (1, 2):
            await stream.define_zone(zone("s1"))
            await stream.append([fresh_reading(event_id=f"e{life}")])
            await until(lambda: written(database, life))  # noqa: B023 - awaited here
            await redis.flushall()
    assert await rows(database, "SELECT event_id FROM observation ORDER BY event_id") == [("e1",), ("e2",)]


async def test_hours_are_noted_for_counting_again_when_their_changes_come_late(
    redis: Redis, database: Database
) -> None:
    await RedisReadingStream(redis).define_zone(zone("s1"))
    async with running(Engine(redis).run()):
        found = await snapshot_when(redis, lambda found: "s1" in found.spaces)
    published = found.spaces["s1"].since
    assert published is not None
    await HistoryWriter(redis, database, clock=lambda: utc_now() + timedelta(hours=3)).step()
    assert await rows(database, "SELECT hour FROM occupancy_recount") == [(whole_hour(from_micros(published)),)]


async def test_partitions_are_made_once_and_for_months_ahead(database: Database) -> None:
    months = months_from(date(2030, 11, 15), 3)
    assert months == [date(2030, 11, 1), date(2030, 12, 1), date(2031, 1, 1)]
    for _ in range(2):
        async with database.transaction() as session:
            await ensure_partitions(session, months)
    made = await rows(database, "SELECT relname FROM pg_class WHERE relname LIKE 'observation_203%' AND relkind = 'r'")
    assert {name for (name,) in made} == {"observation_2030_11", "observation_2030_12", "observation_2031_01"}


@asynccontextmanager
async def started(server: EmbeddedServer) -> AsyncIterator[None]:
    await server.start()
    try:
        yield
    finally:
        await server.stop()


async def kill(server: EmbeddedServer) -> None:
    os.kill(server.pid, signal.SIGKILL)
    await server.ended()
    await server.start()


async def test_history_is_exact_when_valkey_and_postgresql_are_killed(
    open_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    with DataFolder(open_folder) as folder:
        valkey, postgres = ValkeyServer(folder), PostgresServer(folder)
        async with started(valkey), started(postgres):
            await schema.upgrade(postgres.url)
            database = Database(open_engine(postgres.url))
            async with Redis.from_url(valkey.url) as redis:
                accepted = await _through_kills(redis, database, valkey, postgres)
            found = await rows(database, "SELECT event_id FROM observation")
            changes = await rows(database, "SELECT change_id, item FROM space_state_change")
            await database.close()
    times = Counter(event_id for (event_id,) in found)
    assert [event_id for event_id in accepted if times[event_id] != 1] == []
    assert max(times.values()) == 1
    assert len(changes) == len(set(changes))


async def _through_kills(redis: Redis, database: Database, valkey: ValkeyServer, postgres: PostgresServer) -> list[str]:
    """Readings until every server was killed twice; what was accepted, once all of it is in history."""
    stream = RedisReadingStream(redis, timeout_s=2.0)
    accepted: list[str] = []
    stop = asyncio.Event()

    async def send() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                await stream.append([reading(at_s=number, event_id=f"e{number}", silence_s=10**9)])
            except UnavailableError:
                await asyncio.sleep(0.05)
            else:
                accepted.append(f"e{number}")
            await asyncio.sleep(0.002)

    await stream.define_zone(zone("s1"))
    engine, history = Engine(redis, lease_ms=500, beat_s=0.1), HistoryWriter(redis, database)
    async with running(engine.run(), history.run()):
        async with asyncio.TaskGroup() as group:
            group.create_task(send())
            for server in (valkey, postgres, valkey, postgres):
                already = len(accepted)
                await until(lambda: _more(accepted, already + 150))  # noqa: B023 - awaited here
                await kill(server)
            stop.set()
        await until(lambda: written(database, len(accepted)), within_s=90)
        await snapshot_when(redis, lambda found: found.spaces["s1"].belief == "occupied")
    return accepted


async def _more(accepted: list[str], than: int) -> bool:
    return len(accepted) > than
