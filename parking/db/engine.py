"""Opens the connection pool to PostgreSQL; whoever opens it closes it."""

import time
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

CONNECT_TIMEOUT_S = 5.0
COMMAND_TIMEOUT_S = 30.0
IDLE_S: Final = 5.0
"""A connection that lay unused for so long is asked whether it still answers. To ask each time costs three round trips
a transaction; a server that ends closes its connections, and that shows without asking."""
_RETURNED: Final = "parking_returned"


def open_engine(database_url: str, *, pool_size: int = 10) -> AsyncEngine:
    """`database_url` as `postgresql://user:password@host:port/name`; the asyncpg driver is added here."""
    address = database_url.replace("postgres://", "postgresql://", 1).replace(
        "postgresql://", "postgresql+asyncpg://", 1
    )
    engine = create_async_engine(
        address,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": COMMAND_TIMEOUT_S,
            "server_settings": {"application_name": "smart-parking", "timezone": "UTC"},
        },
    )
    _renew_lost_connections(engine)
    return engine


def _renew_lost_connections(engine: AsyncEngine) -> None:
    """Hand out no connection that is known to be gone, and forget the others of that time with it."""

    def returned(_connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own type
        entry.info[_RETURNED] = time.monotonic()

    def taken(connection: Any, entry: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401 - as above
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
        since = entry.info.get(_RETURNED)
        if since is None or time.monotonic() - since < IDLE_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine.sync_engine, "checkin", returned)
    event.listen(engine.sync_engine, "checkout", taken)
