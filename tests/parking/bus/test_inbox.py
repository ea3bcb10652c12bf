"""The inbox: an event is handled once by each consumer, and by nobody when the handling fails."""

import asyncio
from datetime import timedelta

import pytest

from parking.bus import inbox
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from tests.parking.bus.listening import place_changed

pytestmark = pytest.mark.service
EVENT = place_changed("Z1", 1)


async def noted(database: Database, consumer: str = "fees") -> bool:
    async with database.transaction() as session:
        return await inbox.first_time(session, consumer, EVENT)


async def test_event_is_new_once_when_each_consumer_gets_it_twice(database: Database) -> None:
    assert [await noted(database), await noted(database), await noted(database, "board")] == [True, False, True]


async def test_event_is_new_again_when_its_transaction_failed(database: Database) -> None:
    async with database.transaction() as session:
        assert await inbox.first_time(session, "fees", EVENT)
        await session.rollback()
    assert await noted(database)


async def test_event_is_new_for_one_when_two_take_it_at_once(database: Database) -> None:
    assert sorted(await asyncio.gather(*(noted(database) for _ in range(4)))) == [False, False, False, True]


async def test_note_is_dropped_when_it_is_old(database: Database) -> None:
    await noted(database)
    async with database.transaction() as session:
        await inbox.forget(session, utc_now() - timedelta(hours=1))
    assert not await noted(database)
    async with database.transaction() as session:
        await inbox.forget(session, utc_now() + timedelta(hours=1))
    assert await noted(database)
