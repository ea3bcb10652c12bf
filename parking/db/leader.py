"""One of many processes does a work: whoever holds an advisory lock of PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from parking.db.unit_of_work import Database

POLL_S: Final = 2.0
"""How long a work can be without a leader after the last one's session has ended."""
PROBE_S: Final = 2.0

_TRY_LOCK = text("SELECT pg_try_advisory_lock(:key)")
_PROBE = text("SELECT 1")


async def lead(database: Database, key: int, work: Callable[[], Awaitable[None]], *, poll_s: float = POLL_S) -> None:
    """Wait until this process leads, then run `work`; returns when `work` does.

    Holds one connection of the pool. The end of the connection ends the leadership: `work` is cancelled and what the
    driver raised is raised, so that the caller can begin anew. An error of `work` is raised as it is.
    """
    async with database.engine.connect() as opened:
        connection = await opened.execution_options(isolation_level="AUTOCOMMIT")
        try:
            while not await connection.scalar(_TRY_LOCK, {"key": key}):  # noqa: ASYNC110 - the lock is in the server
                await asyncio.sleep(poll_s)
            await _work_while_connected(connection, work)
        finally:
            # The lock belongs to the server's session: a connection that went back to the pool would keep it.
            await connection.invalidate()


async def _work_while_connected(connection: AsyncConnection, work: Callable[[], Awaitable[None]]) -> None:
    working = asyncio.ensure_future(work())
    probing = asyncio.ensure_future(_probe(connection))
    try:
        done, _ = await asyncio.wait({working, probing}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (working, probing):
            task.cancel()
        await asyncio.gather(working, probing, return_exceptions=True)


async def _probe(connection: AsyncConnection) -> None:
    while True:
        await asyncio.sleep(PROBE_S)
        await connection.execute(_PROBE)
