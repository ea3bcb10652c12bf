"""A replica is promoted that has not got the newest commits: what was told on is not told otherwise."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from parking.bus.replicas import has_replicas
from parking.db.unit_of_work import Database
from parking.occupancy import keys
from parking.occupancy.engine import Engine
from parking.occupancy.engine_batch import Written, apply_entries
from parking.occupancy.evidence import SensedStatus
from parking.occupancy.history import HistoryWriter
from parking.occupancy.live_reader import ShardSnapshot
from parking.occupancy.live_store import LiveStore, ShardLostError
from parking.occupancy.model import ChangeBatch
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.recent_commits import MOST_COMMITS, MOST_VALUES, Commit, RecentCommits
from parking.occupancy.shards import shard_of
from parking.occupancy.streams import START, read_range
from tests.parking.occupancy.live import running, snapshot_when, until
from tests.parking.occupancy.samples import T0, fresh_reading, zone

SHARD = shard_of("z1")
KEYS: Sequence[str] = tuple(
    of(SHARD) for of in (keys.readings, keys.changes, keys.meta, keys.lease, *keys.HASHES.values())
)


async def moment(redis: Redis) -> dict[str, bytes]:
    """The shard as a replica holds it that has copied all up to now, and nothing after."""
    async with redis.pipeline(transaction=True) as pipeline:
        for name in KEYS:
            pipeline.dump(name)
        dumps = await pipeline.execute()
    return {name: dump for name, dump in zip(KEYS, dumps, strict=True) if dump is not None}


async def go_back(redis: Redis, past: dict[str, bytes]) -> None:
    async with redis.pipeline(transaction=True) as pipeline:
        pipeline.delete(*KEYS)
        for name, dump in past.items():
            pipeline.restore(name, 5000 if name == keys.lease(SHARD) else 0, dump)
        await pipeline.execute()


@asynccontextmanager
async def copied(redis: Redis) -> AsyncIterator[None]:
    """Somebody copies the store, as a replica asks for it: what it lacks may be promoted."""
    if await has_replicas(redis):
        yield
        return
    connection = await redis.connection_pool.get_connection()  # type: ignore[no-untyped-call]
    try:
        await connection.send_command("PSYNC", "?", "-1")
        await until(partial(has_replicas, redis))
        yield
    finally:
        await connection.disconnect()
        await redis.connection_pool.release(connection)


async def change_ids(redis: Redis) -> list[str]:
    return [entry_id for entry_id, _ in await read_range(redis, keys.changes(SHARD), "-", "+")]


async def test_commits_that_the_promoted_replica_lacks_are_written_again_as_they_were(redis: Redis) -> None:
    stream = RedisReadingStream(redis)
    async with copied(redis), running(Engine(redis, beat_s=0.05).run()):
        await stream.define_zone(zone("s1", "s2"))
        await stream.append([fresh_reading("free", event_id="e1")])
        await snapshot_when(redis, lambda found: "s1" in found.spaces and found.spaces["s1"].belief == "free")
        past = await moment(redis)
        statuses: tuple[SensedStatus, ...] = ("occupied", "free", "occupied")
        for number, status in enumerate(statuses):
            await stream.append([fresh_reading(status, event_id=f"then-{number}")])
            before = await snapshot_when(redis, partial(_is_believed, status))
        told = await change_ids(redis)
        await go_back(redis, past)
        assert await change_ids(redis) != told
        # Nothing comes: the beat finds it.
        after = await snapshot_when(redis, lambda found: found.change_id == before.change_id)
        assert (after.spaces, after.counts) == (before.spaces, before.counts)
        assert await change_ids(redis) == told
        await stream.append([fresh_reading("free", event_id="later")])
        await snapshot_when(redis, lambda found: found.spaces["s1"].belief == "free")
    assert (await change_ids(redis))[: len(told)] == told


async def test_history_has_nothing_twice_when_nobody_remembers_what_the_replica_lacks(
    redis: Redis, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The engine went with the primary: the readings that the replica has are judged again, into changes of other ids."""
    stream = RedisReadingStream(redis)

    async def count(table: str, least: int) -> bool:
        async with database.transaction() as session:
            found: int = (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()  # noqa: S608 - ours
        return found >= least

    async with running(HistoryWriter(redis, database).run()):
        async with running(Engine(redis, beat_s=0.05).run()):
            await stream.define_zone(zone("s1", "s2"))
            await stream.append([fresh_reading("free", event_id="e1")])
            await until(lambda: count("observation", 1))
        await stream.append([fresh_reading("occupied", event_id="e2"), fresh_reading("free", event_id="e3")])
        past = await moment(redis)
        async with running(Engine(redis, beat_s=0.05).run()):
            await until(lambda: count("observation", 3))
        await go_back(redis, past)
        async with running(Engine(redis, beat_s=0.05).run()):
            await stream.append([fresh_reading("occupied", event_id="e4")])
            await until(lambda: count("observation", 4))
    assert "each row is looked up" in caplog.text
    async with database.transaction() as session:
        readings = await session.execute(text("SELECT event_id FROM observation ORDER BY observed_at"))
        assert [row[0] for row in readings] == ["e1", "e2", "e3", "e4"]
        changes = await session.execute(
            text("SELECT status FROM space_state_change WHERE space_id = 's1' ORDER BY at, item")
        )
        assert [row[0] for row in changes] == ["unknown", "free", "occupied", "free", "occupied"]


async def test_a_commit_is_refused_where_another_past_has_counted_as_far(redis: Redis) -> None:
    """The token and the number of commits are those of a replica's own story, after an owner that slept through both."""
    store = LiveStore(redis, lease_ms=5000)
    token = await store.acquire(SHARD, epoch="e")
    assert token is not None
    state, _, _ = await store.load(SHARD)
    first = apply_entries(state, [("1-1", zone("s1"))], T0)
    one = await store.commit_batch(SHARD, first, token=token, commits=0, after=START, position="1-1", heartbeat_us=T0)
    past = await moment(redis)
    state.absorb(first)
    mine = await store.commit_batch(
        SHARD,
        apply_entries(state, [], T0),
        token=token,
        commits=1,
        after=one.change_id,
        position="1-2",
        heartbeat_us=T0,
    )
    await go_back(redis, past)
    await asyncio.sleep(0.002)
    theirs = apply_entries(state, [], T0 + 1)
    await store.commit_batch(
        SHARD, theirs, token=token, commits=1, after=one.change_id, position="1-3", heartbeat_us=T0
    )
    with pytest.raises(ShardLostError):
        await store.commit_batch(
            SHARD, theirs, token=token, commits=2, after=mine.change_id, position="1-4", heartbeat_us=T0
        )
    assert await redis.hget(keys.meta(SHARD), "position") == b"1-3"


def _is_believed(status: str, found: ShardSnapshot) -> bool:
    return found.spaces["s1"].belief == status


def commit(number: int, *, after: str, values: int = 1) -> Commit:
    spaces: dict[str, bytes | None] = {f"s{n}": b"" for n in range(values)}
    return Commit(after, number, f"{number + 1}-0", "1-1", Written(spaces, {}, {}, {}, {}), ChangeBatch(T0, [], [], []))


def chain(recent: RecentCommits, count: int, *, values: int = 1) -> None:
    for number in range(count):
        recent.add(commit(number, after=f"{number}-0", values=values))


def test_what_is_remembered_is_bounded_and_of_one_past() -> None:
    recent = RecentCommits()
    chain(recent, MOST_COMMITS + 10)
    assert [found.commits for found in recent.lost("72-0", 72)] == [72, 73]
    assert recent.lost("74-0", 74) == []
    assert recent.lost("72-0", 71) == []
    assert recent.lost("5-0", 5) == []
    recent.add(commit(80, after="another-1"))
    assert recent.lost("72-0", 72) == []
    assert [found.commits for found in recent.lost("another-1", 80)] == [80]


def test_nothing_is_remembered_where_no_replica_could_be_promoted() -> None:
    recent = RecentCommits()
    chain(recent, 3)
    recent.is_wanted = False
    recent.add(commit(3, after="3-0"))
    assert [recent.lost(f"{number}-0", number) for number in range(4)] == [[], [], [], []]
    recent.is_wanted = True
    recent.add(commit(4, after="4-0"))
    recent.add(commit(5, after="5-0"))
    assert [found.commits for found in recent.lost("4-0", 4)] == [4, 5]


def test_large_commits_push_out_more_of_the_older_ones_but_the_last_stays() -> None:
    recent = RecentCommits()
    chain(recent, 5, values=MOST_VALUES // 2)
    assert [found.commits for found in recent.lost("3-0", 3)] == [3, 4]
    assert recent.lost("2-0", 2) == []
    recent.add(commit(5, after="5-0", values=3 * MOST_VALUES))
    assert [found.commits for found in recent.lost("5-0", 5)] == [5]


def test_a_store_without_any_change_was_wiped_and_gets_nothing_back() -> None:
    recent = RecentCommits()
    recent.add(commit(0, after=START))
    assert recent.lost(START, 0) == []
