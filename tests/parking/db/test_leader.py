"""One process of many does a work, and another goes on when it is gone."""

import asyncio
import gc
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError

from parking.db.leader import lead, work_while
from parking.db.unit_of_work import Database

pytestmark = pytest.mark.service
KEY = 4711
WITHIN_S = 20.0


class Work:
    """Counts who is at it."""

    def __init__(self) -> None:
        self.started = 0
        self.running = 0
        self.most = 0

    async def __call__(self) -> None:
        self.started += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.Event().wait()
        finally:
            self.running -= 1


async def started(work: Work, number: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while work.started < number:
            await asyncio.sleep(0.01)


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task], timeout=WITHIN_S)
    assert task.cancelled()


async def test_next_one_leads_when_the_first_stops(database: Database) -> None:
    work = Work()
    first, second = (asyncio.ensure_future(lead(database, KEY, work, poll_s=0.05)) for _ in range(2))
    await started(work, 1)
    await asyncio.wait([first, second], timeout=0.3)
    assert work.started == 1
    assert not first.done()
    assert not second.done()
    await stop(first)
    await started(work, 1 if work.running else 2)
    await stop(second)
    assert work.most == 1
    assert work.running == 0


async def test_work_is_cancelled_when_the_session_of_the_lock_is_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parking.db.leader.PROBE_S", 0.05)
    work = Work()
    leading = asyncio.ensure_future(lead(database, KEY, work))
    await started(work, 1)
    async with database.transaction() as session:
        await session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE objid = :key"), {"key": KEY})
    with pytest.raises((DBAPIError, InterfaceError, OSError)):
        async with asyncio.timeout(WITHIN_S):
            await leading
    assert work.running == 0


async def test_error_of_the_work_is_raised_when_it_fails(database: Database) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await lead(database, KEY, fail)


async def test_nothing_is_left_unsaid_when_the_work_fails_on_its_way_out() -> None:
    """As the writes of a work do whose lease is lost: the guard says it, and so does the work."""

    async def guard() -> None:
        raise ZeroDivisionError

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise KeyError

    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    with pytest.raises(ZeroDivisionError):
        await work_while(guard, work)
    gc.collect()
    assert told == []
