"""Tells from what a transaction raised whether the database is away: whoever asked may ask again."""

from collections.abc import Mapping
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
READ_ONLY: Final = "25006"
DISK_FULL: Final = "53100"
_STATES: Final = ("08", "53", "57P", READ_ONLY)
"""Classes of PostgreSQL's states: connection lost, resources exhausted, server stopping; and one that takes no writes now,
because a person has set it so, or because it is a standby that nobody has promoted.
"""
_SAID: Final[Mapping[str, tuple[str, str]]] = {
    READ_ONLY: ("database_read_only", "the database takes no writes now; send the same request again later"),
    DISK_FULL: ("database_full", "the disk of the database is full; send the same request again later"),
}


def said_of(error: Exception) -> tuple[str, str]:
    """Code and sentence of the answer, for an error that `is_away`."""
    state = str(getattr(error.orig, "sqlstate", None)) if isinstance(error, DBAPIError) else ""
    return _SAID.get(state, ("database_unavailable", "the database does not answer; send the same request again"))


def is_away(error: Exception) -> bool:
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return error.connection_invalidated or state.startswith(_STATES)
    return isinstance(error, AWAY)
