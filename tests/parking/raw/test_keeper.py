"""The keeper on real servers: every message once, whatever ends in the middle, and the stream forgets only what is kept."""

import asyncio
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from redis.asyncio import Redis

from parking.db.unit_of_work import Database
from parking.domain.clock import from_micros, utc_now
from parking.domain.errors import ParkingError, UnavailableError
from parking.raw import repository, service
from parking.raw.inbox import ENTRY_BYTES, RedisInbox
from parking.raw.keeper import KeeperMovedError, RawKeeper
from parking.raw.model import STREAM, Outcome, RawMessage, RawRef, encode_entry
from parking.raw.partitions import ensure_days
from parking.raw.repository import Wanted
from tests.parking.occupancy.samples import fresh_reading
from tests.parking.raw.samples import message, rows

EVERYTHING = Wanted(since=utc_now() - timedelta(days=3), until=utc_now() + timedelta(days=3))


async def kept(database: Database, wanted: Wanted = EVERYTHING) -> list[RawMessage]:
    async with database.transaction() as session:
        return [found for _, found in await repository.in_order(session, wanted, after=None, limit=100)]


async def ready(redis: Redis, database: Database, *, high_water_bytes: int = 2**28) -> RawKeeper:
    keeper = RawKeeper(redis, database, high_water_bytes=high_water_bytes)
    await keeper.load()
    return keeper


async def test_message_is_kept_word_for_word_and_once_when_the_keeper_is_killed_in_between(
    redis: Redis, database: Database
) -> None:
    inbox = RedisInbox(redis)
    strange = message(
        Outcome("undecodable", "d\0", "payload_invalid", detail="\0"),
        Outcome("data", "d2", None, "s", 3, 50.0, -80.0, 7.5, 12),
        body=b"\0\xff",
        door="mqtt",
        event="up\0",
        topic="a/b",
        media_type="application/json",
    )
    sent = [message(ago=timedelta(minutes=1)), strange, message(ago=timedelta(days=1))]
    await inbox.append([fresh_reading()], sent[:2])
    await inbox.append([], sent[2:])
    killed = await ready(redis, database)
    await killed.step()
    await (await ready(redis, database)).step()
    found = await kept(database)
    assert [one.body for one in found] == [b"{}", b"{}", b"\0\xff"]
    assert found[2].outcomes == strange.outcomes
    assert (found[2].event, found[2].topic, found[2].media_type) == (
        "up\N{REPLACEMENT CHARACTER}",
        "a/b",
        "application/json",
    )
    assert found[:2] == [sent[2], sent[0]]


async def test_second_keeper_keeps_nothing_when_the_position_has_moved(redis: Redis, database: Database) -> None:
    await RedisInbox(redis).append([], [message()])
    one, other = await ready(redis, database), await ready(redis, database)
    await one.step()
    with pytest.raises(KeeperMovedError):
        await other.step()
    assert len(await kept(database)) == 1


async def test_stream_remembers_what_is_kept_until_it_is_half_full(redis: Redis, database: Database) -> None:
    await RedisInbox(redis).append([], [message()])
    for high_water, left in ((2**28, 1), (2, 0)):
        keeper = await ready(redis, database, high_water_bytes=high_water)
        await keeper.step()
        await keeper.trim()
        assert await redis.xlen(STREAM) == left


async def test_nothing_is_trimmed_that_is_not_kept_when_the_stream_is_full(redis: Redis, database: Database) -> None:
    keeper = await ready(redis, database, high_water_bytes=2)
    await RedisInbox(redis).append([], [message()])
    await keeper.trim()
    assert await redis.xlen(STREAM) == 1


@pytest.mark.parametrize("is_restored", [False, True])
async def test_store_that_begins_anew_is_read_from_its_first_entry(
    redis: Redis, database: Database, *, is_restored: bool
) -> None:
    old = message(ago=timedelta(hours=1))
    first_ms = old.received_at // 1000
    await redis.xadd(STREAM, _fields(old), id=f"{first_ms}-0")
    await redis.xadd(STREAM, _fields(message()))
    keeper = await ready(redis, database)
    await keeper.step()
    await redis.delete(STREAM)
    if is_restored:
        await redis.xadd(STREAM, _fields(old), id=f"{first_ms}-0")
    new = message(body=b"new")
    await redis.xadd(STREAM, _fields(new), id=f"{first_ms + 1}-0")
    await keeper.step()
    await keeper.step()
    assert [one.body for one in await kept(database)].count(b"new") == 1
    assert len(await kept(database)) == 3


def _fields(one: RawMessage) -> Any:  # noqa: ANN401 - the client's own type is wider
    return encode_entry([one])


async def test_entry_that_cannot_be_read_is_kept_whole(redis: Redis, database: Database) -> None:
    await redis.xadd(STREAM, {"d": b"\xc1 of another version"})
    await (await ready(redis, database)).step()
    (found,) = await kept(database)
    assert (found.source, found.body, found.outcomes[0].code) == (
        "unreadable",
        b"\xc1 of another version",
        "entry_unreadable",
    )


async def test_door_is_shut_until_the_keeper_catches_up(redis: Redis, database: Database) -> None:
    clock = count()
    inbox = RedisInbox(redis, high_water_bytes=10_000, monotonic=lambda: float(next(clock)))
    await inbox.ensure_room()
    large = message(body=bytes(20_000))
    await inbox.append([], [large])
    with pytest.raises(UnavailableError) as refused:
        await inbox.ensure_room()
    assert refused.value.code == "raw_backlog_full"
    keeper = await ready(redis, database, high_water_bytes=10_000)
    await keeper.step()
    await keeper.trim()
    await inbox.ensure_room()
    assert (await kept(database))[0].body == large.body


async def test_large_bodies_stand_in_entries_of_their_own(redis: Redis) -> None:
    sizes = (1, ENTRY_BYTES, 1, 1, ENTRY_BYTES + 1)
    await RedisInbox(redis).append([], [message(body=bytes(size)) for size in sizes])
    assert await redis.xlen(STREAM) == 4


async def test_messages_are_found_by_time_device_source_and_outcome(redis: Redis, database: Database) -> None:
    minute = timedelta(minutes=1)
    sent = [
        message(body=b"old", ago=3 * minute),
        message(Outcome("undecodable", "d2", "payload_invalid"), body=b"bad"),
        message(Outcome("data", "d2"), Outcome("data", "d3"), body=b"two", source="chirpstack-v4"),
    ]
    await RedisInbox(redis).append([], sent)
    await (await ready(redis, database)).step()
    since, until = EVERYTHING.since, EVERYTHING.until
    for wanted, bodies in (
        (Wanted(since=utc_now() - minute, until=until), [b"bad", b"two"]),
        (Wanted(since=since, until=utc_now() - minute), [b"old"]),
        (Wanted(since=since, until=until, device_id="d2"), [b"bad", b"two"]),
        (Wanted(since=since, until=until, device_id="d3"), [b"two"]),
        (Wanted(since=since, until=until, source="chirpstack-v4"), [b"two"]),
        (Wanted(since=since, until=until, device_id="d2", kind="undecodable"), [b"bad"]),
    ):
        assert [one.body for one in await kept(database, wanted)] == bodies
    async with database.transaction() as session:
        newest = await service.listed(session, EVERYTHING, limit=2)
        assert [(one.source, one.size, len(one.outcomes)) for one in newest] == [
            ("chirpstack-v4", 3, 2),
            ("things-stack-v3", 3, 1),
        ]
        pages = await repository.in_order(session, EVERYTHING, after=None, limit=2)
        pages += await repository.in_order(session, EVERYTHING, after=pages[-1][0], limit=2)
        assert [one.body for _, one in pages] == [b"old", b"bad", b"two"]


async def test_look_at_a_body_is_written_down(redis: Redis, database: Database) -> None:
    await RedisInbox(redis).append([], [message(body=b"secret")])
    await (await ready(redis, database)).step()
    async with database.transaction() as session:
        (found,) = await service.listed(session, EVERYTHING, limit=1)
        looked = await service.look(session, str(found.ref), actor="wang", at=utc_now())
    assert looked.body == b"secret"
    assert await rows(database, "SELECT actor, deed, what FROM raw_access") == [("wang", "shown", str(found.ref))]
    async with database.transaction() as session:
        for wrong in ("1", str(RawRef(1, 2, 3, 4))):
            with pytest.raises(ParkingError, match="message"):
                await service.look(session, wrong, actor="wang", at=utc_now())


async def test_days_are_dropped_whole_when_their_time_is_over(redis: Redis, database: Database) -> None:
    now = utc_now()
    sent = [message(ago=timedelta(days=days), body=b"%d" % days) for days in (0, 2, 3, 4)]
    await RedisInbox(redis).append([], sent)
    await (await ready(redis, database)).step()
    async with database.transaction() as session:
        await ensure_days(session, [from_micros(one.received_at).date() for one in sent])
        assert await service.forget(session, now=now, kept=timedelta(days=2)) == 2
    left = Wanted(since=now - timedelta(days=9), until=now + timedelta(days=1))
    assert [one.body for one in await kept(database, left)] == [b"2", b"0"]


async def test_keeper_runs_until_it_is_stopped(redis: Redis, database: Database) -> None:
    async with asyncio.TaskGroup() as group:
        running = group.create_task(RawKeeper(redis, database).run())
        await RedisInbox(redis).append([], [message()])
        async with asyncio.timeout(60):
            while not await kept(database):
                await asyncio.sleep(0.01)
        running.cancel()
