"""Devices that nobody has registered are held for a person, counted, and bounded against floods."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from parking.db.unit_of_work import Database
from parking.domain.clock import from_micros, utc_now
from parking.domain.errors import NotFoundError
from parking.raw import service
from parking.raw.inbox import RedisInbox
from parking.raw.keeper import RawKeeper
from parking.raw.model import RawRef
from parking.raw.unknown import Sightings, forget_unknown, reject_unknown, unknown_device, unknown_devices
from tests.parking.raw.samples import message, stranger


async def test_stranger_is_held_with_its_first_and_last_message_and_their_number(
    redis: Redis, database: Database
) -> None:
    keeper = RawKeeper(redis, database)
    await keeper.load()
    sent = [message(stranger("s1"), stranger("s2")), message(stranger("s1")), message(), message(stranger("s1"))]
    for some in (sent[:2], sent[2:]):
        await RedisInbox(redis).append([], some)
        await keeper.step()
    async with database.transaction() as session:
        one, two = await unknown_devices(session)
        assert [one.wire_id, one.source, one.frames, two.frames] == ["s1", "things-stack-v3", 3, 1]
        assert (one.first_seen, one.last_seen) == (from_micros(sent[0].received_at), from_micros(sent[3].received_at))
        found = await service.look(session, one.last_raw, actor="me", at=utc_now())
        assert found.outcomes == sent[3].outcomes
        assert await unknown_devices(session, after=(one.source, one.wire_id), limit=1) == [two]
        assert await unknown_devices(session, source="elsewhere") == []


async def test_rejected_stranger_stays_quiet_and_a_confirmed_one_is_forgotten(database: Database) -> None:
    async with database.transaction() as session:
        await seen(database, "s1", "s2")
        await reject_unknown(session, "s1", by="wang", at=utc_now())
        await forget_unknown(session, "s2")
    await seen(database, "s1", "s2")
    async with database.transaction() as session:
        assert [(one.wire_id, one.frames) for one in await unknown_devices(session)] == [("s2", 1)]
        (rejected,) = await unknown_device(session, "s1")
        assert (rejected.frames, rejected.rejected_by) == (2, "wang")
        with pytest.raises(NotFoundError):
            await reject_unknown(session, "s9", by="wang", at=utc_now())


async def test_flood_of_strangers_is_bounded_by_the_day_and_those_that_are_held_go_on(database: Database) -> None:
    await seen(database, "s1", "s2", new_per_day=2)
    await seen(database, "s1", "s3", new_per_day=2)
    async with database.transaction() as session:
        assert [(one.wire_id, one.frames) for one in await unknown_devices(session)] == [("s1", 2), ("s2", 1)]
    await seen(database, "s3", new_per_day=2, ago=timedelta(days=-1))
    async with database.transaction() as session:
        assert len(await unknown_devices(session)) == 3
        await service.forget(session, now=utc_now() + timedelta(hours=12), kept=timedelta(hours=6))
        assert [one.wire_id for one in await unknown_devices(session)] == ["s3"]


async def seen(database: Database, *wire_ids: str, new_per_day: int = 100, ago: timedelta = timedelta()) -> None:
    sightings = Sightings()
    for wire_id in wire_ids:
        one = message(stranger(wire_id), ago=ago)
        sightings.add(RawRef(one.received_at, 1, 0, 0), one)
    async with database.transaction() as session:
        await sightings.write(session, new_per_day=new_per_day)
