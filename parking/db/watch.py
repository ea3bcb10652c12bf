"""Tells a process that a table it keeps in memory has changed, by PostgreSQL's LISTEN and NOTIFY.

A notification sent while nobody was connected is lost, so every connection begins with a call: what is read then is
never older than the moment from which notifications arrive.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from parking.db.engine import CONNECT_TIMEOUT_S

COALESCE_S: Final = 0.1
"""Notifications that arrive within this time of each other cause one call."""
PROBE_S: Final = 5.0
"""A connection that is quiet for so long is asked whether it still lives."""
BACKOFF_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between attempts to connect; the last one repeats."""
OUTAGES: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError, PoolTimeoutError)
"""What an unreachable or restarting server raises, from the driver and through SQLAlchemy."""

_log = logging.getLogger(__name__)


async def watch(database_url: str, channel: str, on_change: Callable[[], Awaitable[None]]) -> None:
    """Run until cancelled: call `on_change` after every connection and after notifications on `channel`.

    An outage inside `on_change` is treated as one of the connection: it is opened anew after a wait and the call is
    repeated. Only the start and the end of an outage are logged. What is no outage is raised.
    """
    failures = 0
    while True:
        try:
            async with _listening(database_url, channel) as (connection, heard):
                while True:
                    await on_change()
                    if failures:
                        _log.info("hearing of %s again", channel)
                        failures = 0
                    await _until_heard(connection, heard)
        except OUTAGES as error:
            if failures == 0:
                _log.warning("cannot hear of %s, trying on: %s", channel, str(error) or type(error).__name__)
            await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
            failures += 1


@asynccontextmanager
async def _listening(database_url: str, channel: str) -> AsyncIterator[tuple[asyncpg.Connection, asyncio.Event]]:
    heard = asyncio.Event()
    connection = await asyncpg.connect(database_url, timeout=CONNECT_TIMEOUT_S, command_timeout=CONNECT_TIMEOUT_S)
    try:
        # Losing the connection wakes the waiter as a notification does; its probe then finds out.
        connection.add_termination_listener(lambda _: heard.set())
        await connection.add_listener(channel, lambda *_: heard.set())
        yield connection, heard
    finally:
        connection.terminate()


async def _until_heard(connection: asyncpg.Connection, heard: asyncio.Event) -> None:
    while not heard.is_set():
        try:
            # Not `wait_for`: before Python 3.12 it can swallow a cancellation.
            async with asyncio.timeout(PROBE_S):
                await heard.wait()
        except TimeoutError:
            await connection.execute("SELECT 1")
    await asyncio.sleep(COALESCE_S)
    heard.clear()
    if connection.is_closed():
        raise ConnectionResetError("the connection was lost")
