"""Tells from what a transaction raised whether the database is away: whoever asked may ask again."""

from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

AWAY: Final[tuple[type[Exception], ...]] = (
    ConnectionError,
    TimeoutError,
    PoolTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
)
"""Errors of connecting that the driver raises as they are; those of statements are `DBAPIError`."""
_STATES: Final = ("08", "53", "57P")
"""Classes of PostgreSQL's states: connection lost, resources exhausted, server stopping."""


def is_away(error: Exception) -> bool:
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return error.connection_invalidated or state.startswith(_STATES)
    return isinstance(error, AWAY)
