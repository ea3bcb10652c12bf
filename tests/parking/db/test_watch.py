"""Hearing of changes through notifications, lost connections and a server that is away."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from parking.db.watch import watch

CHANNEL = "test_channel"


class Calls:
    """Counts, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.count = 0
        self.failures = 0

    async def __call__(self) -> None:
        self.count += 1
        if self.failures:
            self.failures -= 1
            raise ConnectionResetError("the query found the server away")


@asynccontextmanager
async def watching(database_url: str, calls: Calls) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(watch(database_url, CHANNEL, calls))
        await until(lambda: calls.count > 0)
        yield
        task.cancel()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def execute(database_url: str, *statements: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_change_is_told_once_when_many_notifications_arrive_together(database_url: str) -> None:
    calls = Calls()
    async with watching(database_url, calls):
        await execute(database_url, *[f"SELECT pg_notify('{CHANNEL}', '{number}')" for number in range(50)])
        await until(lambda: calls.count > 1)
        # Whatever was notified has been told by the time that a later notification is.
        await execute(database_url, f"SELECT pg_notify('{CHANNEL}', 'last')")
        await until(lambda: calls.count > 2)
    assert calls.count <= 4


async def test_nothing_is_told_when_another_channel_is_notified(database_url: str) -> None:
    calls = Calls()
    async with watching(database_url, calls):
        await execute(database_url, "SELECT pg_notify('other', '')", f"SELECT pg_notify('{CHANNEL}', '')")
        await until(lambda: calls.count == 2)
    assert calls.count == 2


async def test_change_is_told_again_when_the_connection_was_killed(database_url: str) -> None:
    calls = Calls()
    async with watching(database_url, calls):
        await execute(
            database_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()",
        )
        await until(lambda: calls.count > 1)


async def test_call_is_repeated_and_the_outage_logged_once_when_it_meets_one(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    calls = Calls()
    calls.failures = 3
    with caplog.at_level(logging.INFO, logger="parking.db.watch"):
        async with watching(database_url, calls):
            await until(lambda: calls.count > 3)
            await until(lambda: len(caplog.records) == 2)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_defect_is_not_hidden_when_the_call_has_one(database_url: str) -> None:
    async def broken() -> None:
        raise KeyError("defect")

    with pytest.raises(KeyError):
        await watch(database_url, CHANNEL, broken)


async def test_attempts_go_on_when_no_server_is_there(caplog: pytest.LogCaptureFixture) -> None:
    calls = Calls()
    with pytest.raises(TimeoutError), caplog.at_level(logging.INFO, logger="parking.db.watch"):
        async with asyncio.timeout(0.8):
            await watch("postgresql://nobody@127.0.0.1:1/none", CHANNEL, calls)
    assert calls.count == 0
    assert len(caplog.records) == 1
