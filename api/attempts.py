"""One request, one transaction: repeated when the database chose it as the victim of a deadlock, 503 when it is away."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.outage import AWAY, is_away, said_of
from parking.db.unit_of_work import Database
from parking.domain.errors import UnavailableError

T = TypeVar("T")
ATTEMPTS: Final = 3
_VICTIM: Final = frozenset({"40P01", "40001"})
_CONNECTING: Final[tuple[type[Exception], ...]] = (OSError, *AWAY)


class DatabaseAwayError(UnavailableError):
    """The ledger cannot be reached; whether the request had an effect shows when it is repeated with the same key."""

    code = "database_unavailable"


async def in_transaction(database: Database, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Run `work` in a transaction of its own. Raises what it raises, and `DatabaseAwayError`."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with database.transaction() as session:
                return await work(session)
        except DBAPIError as error:
            state = str(getattr(error.orig, "sqlstate", None) or "")
            if state in _VICTIM and attempt < ATTEMPTS:
                continue
            if is_away(error) or state in _VICTIM:
                code, detail = said_of(error)
                raise DatabaseAwayError(detail, code=code) from error
            raise
        except _CONNECTING as error:
            raise DatabaseAwayError("the ledger does not answer; send the same request again") from error
    raise AssertionError("the last attempt returns or raises")
