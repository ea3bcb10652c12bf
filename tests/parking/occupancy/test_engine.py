"""The engine on a real Valkey: readings become visible, once, whatever is killed or repeated in between."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise

import msgspec
import pytest
from redis.asyncio import Redis

from parking.domain.clock import to_micros, utc_now
from parking.occupancy import keys
from parking.occupancy.engine import Engine, share_of
from parking.occupancy.engine_batch import apply_entries
from parking.occupancy.evidence import ZoneEntry
from parking.occupancy.live_reader import LiveReader
from parking.occupancy.live_store import LiveStore, ShardLostError
from parking.occupancy.model import ChangeBatch
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shards import SHARD_COUNT, SHARDS, Shard, shard_of
from parking.occupancy.streams import START, id_order, read_range
from tests.parking.occupancy.live import running, snapshot_when, until
from tests.parking.occupancy.samples import T0, fresh_reading, reading, zone

SHARD = shard_of("z1")


async def changes_of(redis: Redis) -> list[ChangeBatch]:
    entries = await read_range(redis, keys.changes(SHARD), "-", "+")
    return [msgspec.msgpack.decode(fields[b"d"], type=ChangeBatch) for _, fields in entries]


async def test_space_is_unknown_until_heard_of_and_then_as_the_device_says(redis: Redis) -> None:
    stream = RedisReadingStream(redis)
    async with running(Engine(redis).run()):
        await stream.define_zone(zone("s1", "s2"))
        first = await snapshot_when(redis, lambda found: "z1" in found.counts)
        assert (first.counts["z1"].unknown, first.counts["z1"].capacity) == (2, 2)
        await stream.append([fresh_reading("free")])
        then = await snapshot_when(redis, lambda found: found.spaces["s1"].belief == "free")
        assert (then.counts["z1"].vacant, then.counts["z1"].unknown) == (1, 1)
        assert then.heartbeat_us is not None


async def test_space_is_unknown_again_when_its_device_falls_silent(redis: Redis) -> None:
    stream = RedisReadingStream(redis)
    async with running(Engine(redis, beat_s=0.1).run()):
        await stream.define_zone(zone("s1"))
        await stream.append([fresh_reading("free", silence_s=1)])
        # On a busy machine it has been free for less time than a look takes; the changes tell that it was.
        silent = await snapshot_when(
            redis, lambda found: "s1" in found.spaces and found.spaces["s1"].reason == "silent"
        )
    assert (silent.spaces["s1"].belief, silent.counts["z1"].unknown) == ("unknown", 1)
    assert [change.evidence for batch in await changes_of(redis) for change in batch.changes] == [
        "inventory",
        "change",
        "silence",
    ]


async def test_nothing_happens_twice_when_an_engine_starts_where_another_stopped(redis: Redis) -> None:
    stream = RedisReadingStream(redis)
    await stream.define_zone(zone("s1"))
    await stream.append([fresh_reading("occupied", event_id="e1")])
    for _ in range(3):
        async with running(Engine(redis).run()):
            await snapshot_when(redis, lambda found: "s1" in found.spaces and found.spaces["s1"].belief == "occupied")
    assert len(await changes_of(redis)) in {1, 2}
    async with running(Engine(redis).run()):
        await stream.append([fresh_reading("free", event_id="e1"), fresh_reading("free", event_id="e2")])
        await snapshot_when(redis, lambda found: found.spaces["s1"].belief == "free")
    assert (await changes_of(redis))[-1].read[0][1] == b"da"


async def test_reading_is_applied_when_its_engine_died_before_the_commit(redis: Redis) -> None:
    """The dead engine had read and computed; nothing of that counts, and its token opens nothing any more."""
    stream, store = RedisReadingStream(redis), LiveStore(redis, lease_ms=50)
    await stream.define_zone(zone("s1"))
    token = await store.acquire(SHARD, epoch="e")
    assert token is not None
    state, position, commits = await store.load(SHARD)
    computed = apply_entries(state, [("1-1", zone("s1"))], T0)
    async with running(Engine(redis, lease_ms=1000, beat_s=0.05).run()):
        await snapshot_when(redis, lambda found: "s1" in found.spaces)
        with pytest.raises(ShardLostError):
            await store.commit_batch(
                SHARD, computed, token=token, commits=commits, after=START, position=position, heartbeat_us=T0
            )
        with pytest.raises(ShardLostError):
            await store.beat(SHARD, token, T0)
    assert len(await changes_of(redis)) == 1


async def test_commit_is_taken_once_when_it_is_repeated(redis: Redis) -> None:
    store = LiveStore(redis, lease_ms=5000)
    token = await store.acquire(SHARD, epoch="e")
    assert token is not None
    assert await store.acquire(SHARD, epoch="f") is None
    state, _, commits = await store.load(SHARD)
    outcome = apply_entries(state, [("1-1", zone("s1"))], T0)
    await store.commit_batch(SHARD, outcome, token=token, commits=commits, after=START, position="1-1", heartbeat_us=T0)
    with pytest.raises(ShardLostError):
        await store.commit_batch(
            SHARD, outcome, token=token, commits=commits, after=START, position="1-1", heartbeat_us=T0
        )
    assert len(await changes_of(redis)) == 1
    assert await redis.hget(keys.meta(SHARD), "epoch") == b"e"


async def test_batch_is_written_whole_when_it_is_larger_than_one_call_can_take(redis: Redis) -> None:
    store = LiveStore(redis, lease_ms=5000)
    token = await store.acquire(SHARD, epoch="e")
    assert token is not None
    state, _, commits = await store.load(SHARD)
    many = ZoneEntry("z1", 1, [(f"s{n}", True) for n in range(9000)], T0)
    outcome = apply_entries(state, [("1-1", many)], T0)
    first = await store.commit_batch(
        SHARD, outcome, token=token, commits=commits, after=START, position="1-1", heartbeat_us=T0
    )
    loaded, position, commits = await store.load(SHARD)
    state.absorb(outcome)
    assert (loaded, position, commits) == (state, "1-1", 1)
    gone = apply_entries(loaded, [("1-2", ZoneEntry("z1", 2, [], T0))], T0)
    await store.commit_batch(
        SHARD, gone, token=token, commits=1, after=first.change_id, position="1-2", heartbeat_us=T0
    )
    assert (await store.load(SHARD))[0].spaces == {}


async def test_unreadable_entry_is_set_aside_and_blocks_nobody(redis: Redis) -> None:
    stream = RedisReadingStream(redis)
    await redis.xadd(keys.readings(SHARD), {b"k": b"o", b"d": b"\xc1"})
    await stream.define_zone(zone("s1"))
    async with running(Engine(redis).run()):
        await snapshot_when(redis, lambda found: "s1" in found.spaces)
    ((_, kept),) = await read_range(redis, keys.poison(SHARD), "-", "+")
    assert kept[b"d"] == b"\xc1"


async def test_two_engines_share_the_shards_and_one_takes_all_when_the_other_leaves(redis: Redis) -> None:
    one, other = Engine(redis, beat_s=0.05), Engine(redis, beat_s=0.05)

    async def are(first: int, second: int) -> bool:
        return (len(one.shards), len(other.shards)) == (first, second)

    async with running(one.run()):
        await until(lambda: are(16, 0))
        async with running(other.run()):
            await until(lambda: are(8, 8))
            assert one.shards | other.shards == set(SHARDS)
        await until(lambda: are(16, 0))
    assert await redis.keys("occ:*:lease") == []


def test_shares_are_even_and_all_shards_together_whatever_the_number_of_engines() -> None:
    for count in range(1, SHARD_COUNT + 3):
        names = [f"engine-{number:02}" for number in range(count)]
        shares = [share_of(name, names[::-1]) for name in names]
        assert sum(shares) == SHARD_COUNT
        assert max(shares) - min(shares) <= 1


async def test_every_shard_has_one_owner_and_is_served_when_engines_come_and_go(redis: Redis) -> None:
    """One, three, two engines; each shard is told something all the while and the shares end up even."""
    zones = {shard_of(name): name for name in (f"z{number}" for number in range(200))}
    stream, engines = RedisReadingStream(redis), [Engine(redis, beat_s=0.05) for _ in range(3)]
    for name in zones.values():
        await stream.define_zone(zone(f"{name}-s", zone_id=name))

    async def are(*sizes: int) -> bool:
        await stream.append(
            [fresh_reading("free", space=f"{name}-s", zone=name, device=f"{name}-d") for name in zones.values()]
        )
        # An engine that gives a shard up still holds it in hand; whose word counts is the store's to say.
        return sorted(len(engine.shards) for engine in engines) == sorted(sizes)

    async with running(engines[0].run()):
        await until(lambda: are(0, 0, 16))
        async with running(engines[1].run()):
            async with running(engines[2].run()):
                await until(lambda: are(5, 5, 6))
                owned = [engine.shards for engine in engines]
                assert frozenset().union(*owned) == set(SHARDS)
            await until(lambda: are(0, 8, 8))
            ids = {shard: (await redis.xinfo_stream(keys.readings(shard)))["last-generated-id"] for shard in SHARDS}
            await until(lambda: _all_consumed(redis, ids))
    for shard in SHARDS:
        entries = [
            msgspec.msgpack.decode(fields[b"d"], type=ChangeBatch).read
            for _, fields in await read_range(redis, keys.changes(shard), "-", "+")
        ]
        consumed = [id_order(entry_id) for read in entries for entry_id, _ in read]
        assert consumed == sorted(set(consumed)), "each entry once and in order, whoever owned the shard"


async def _all_consumed(redis: Redis, ids: dict[Shard, bytes]) -> bool:
    store = LiveStore(redis, lease_ms=1000)
    positions = {shard: (await store.load(shard))[1] for shard in SHARDS}
    return all(id_order(position) >= id_order(ids[shard].decode()) for shard, position in positions.items())


async def test_lease_is_kept_while_its_owner_does_not_beat(redis: Redis) -> None:
    """It may be loading a large shard, or rebuild it."""
    kept: list[int] = []

    async def renewed() -> bool:
        left = await redis.pttl(keys.lease(SHARD))
        if not kept or left != kept[-1]:
            kept.append(left)
        return sum(after > before for before, after in pairwise(kept)) >= 3

    async with running(Engine(redis, lease_ms=2000, beat_s=4).run()):
        await until(lambda: _exists(redis, keys.lease(SHARD)))
        token = await redis.get(keys.lease(SHARD))
        await until(renewed)
        assert await redis.get(keys.lease(SHARD)) == token


async def _exists(redis: Redis, key: str) -> bool:
    return bool(await redis.exists(key))


async def test_heartbeat_says_that_numbers_are_old_when_a_backlog_waits(redis: Redis) -> None:
    """What is not consumed yet must not look fresh."""
    stream, reader = RedisReadingStream(redis), LiveReader(redis)
    before = to_micros(utc_now())
    await stream.define_zone(zone("s1"))
    assert (await reader.heartbeats())[SHARD] is None
    async with running(Engine(redis, beat_s=0.05).run()):
        await snapshot_when(redis, lambda found: (found.heartbeat_us or 0) > before)


@asynccontextmanager
async def engine_process(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.parking.occupancy.engine_process", url, "300"
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_paused_engine_harms_nobody_when_it_wakes_as_a_zombie(redis: Redis, redis_url: str) -> None:
    stream = RedisReadingStream(redis)
    async with engine_process(redis_url) as zombie:
        await stream.define_zone(zone("s1"))
        await snapshot_when(redis, lambda found: "s1" in found.spaces)
        zombie.send_signal(signal.SIGSTOP)
        await stream.append([reading("occupied", at_s=1, session="a", sequence=1, silence_s=10**9)])
        async with running(Engine(redis, lease_ms=300, beat_s=0.05).run()):
            await snapshot_when(redis, lambda found: found.spaces["s1"].belief == "occupied")
            zombie.send_signal(signal.SIGCONT)
            for sequence in range(2, 40):
                status = "free" if sequence % 2 == 0 else "occupied"
                await stream.append(
                    [reading(status, at_s=sequence, session="a", sequence=sequence, silence_s=10**9)]  # type: ignore[arg-type]
                )
            await until(lambda: _consumed(redis, 39))
    letters = b"".join(letters for batch in await changes_of(redis) for _, letters in batch.read)
    assert letters == b"a" * 39
    ids = [entry_id for batch in await changes_of(redis) for entry_id, _ in batch.read]
    assert ids == sorted(set(ids), key=lambda text: tuple(map(int, text.split("-"))))


async def test_engine_killed_at_any_moment_loses_and_doubles_nothing(redis: Redis, redis_url: str) -> None:
    stream = RedisReadingStream(redis)
    await stream.define_zone(zone("s1"))
    sent = 0
    for _ in range(3):
        async with engine_process(redis_url) as process:
            for _ in range(20):
                sent += 1
                await stream.append([reading(at_s=sent, session="a", sequence=sent, silence_s=10**9)])
            await until(partial(_consumed, redis, sent - 10))
            process.kill()
    async with running(Engine(redis).run()):
        await until(lambda: _consumed(redis, sent))
    letters = b"".join(letters for batch in await changes_of(redis) for _, letters in batch.read)
    assert letters == b"a" + b"c" * (sent - 1)


async def _consumed(redis: Redis, readings: int) -> bool:
    return sum(len(letters) for batch in await changes_of(redis) for _, letters in batch.read) >= readings
