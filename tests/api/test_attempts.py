"""A transaction that the database gave up for another one is done again."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.attempts import in_transaction
from parking.db.unit_of_work import Database

pytestmark = pytest.mark.service
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")


async def test_both_are_done_when_two_transactions_wait_for_each_other(database: Database) -> None:
    meeting = asyncio.Barrier(2)
    tries = {1: 0, 2: 0}

    async def work(session: AsyncSession, first: int, second: int) -> int:
        tries[first] += 1
        await session.execute(_LOCK, {"key": first})
        if sum(tries.values()) <= 2:
            await meeting.wait()
        await session.execute(_LOCK, {"key": second})
        return first

    async with asyncio.timeout(30):
        done = await asyncio.gather(
            in_transaction(database, lambda session: work(session, 1, 2)),
            in_transaction(database, lambda session: work(session, 2, 1)),
        )
    assert set(done) == {1, 2}
    assert sum(tries.values()) == 3
