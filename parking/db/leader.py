"""One of many processes does a work: whoever holds an advisory lock of PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from parking.db.unit_of_work import Database

POLL_S: Final = 2.0
"""How long a work can be without a leader after the last one's session has ended."""
PROBE_S: Final = 2.0
CLEAN_UP_S: Final = 5.0
"""How long a cancelled work may take to end before it is cancelled again."""

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
            await work_while(partial(_probe, connection), work)
        finally:
            # The lock belongs to the server's session: a connection that went back to the pool would keep it.
            await connection.invalidate()


async def work_while(guard: Callable[[], Awaitable[None]], work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` until it ends, or until `guard` does: then `work` is cancelled. What either raises is raised."""
    tasks = [asyncio.ensure_future(work()), asyncio.ensure_future(guard())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        while any(not task.done() for task in tasks):
            # More than once, because a lower layer may lose a cancellation (`asyncio.wait_for` before Python 3.12).
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=CLEAN_UP_S)
        for task in tasks:
            if not task.cancelled():
                # The first one is raised; what the other met on its way out is told by nobody, least of all by the event loop.
                task.exception()


async def _probe(connection: AsyncConnection) -> None:
    while True:
        await asyncio.sleep(PROBE_S)
        await connection.execute(_PROBE)
