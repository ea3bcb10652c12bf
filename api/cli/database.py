"""The database of a command: opened, used, closed; one that does not answer is one line and not a traceback."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from api.settings import find_settings
from parking.domain.errors import UnavailableError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from parking.db.unit_of_work import Database

T = TypeVar("T")


def with_database(work: "Callable[[Database], Awaitable[T]]") -> T:
    """Do the work with the database of the settings; raises what it raises, and UnavailableError `database_unavailable`."""
    from parking.db.engine import open_engine  # noqa: PLC0415 - heavy, and not for --help
    from parking.db.unit_of_work import Database  # noqa: PLC0415 - as above

    async def whole() -> T:
        database = Database(open_engine(find_settings().required_database_url, pool_size=1))
        try:
            return await work(database)
        finally:
            await database.close()

    with outages_told():
        return asyncio.run(whole())


@contextmanager
def outages_told() -> Iterator[None]:
    """Raises UnavailableError `database_unavailable` where the database does not answer what is done inside."""
    from parking.db.watch import OUTAGES  # noqa: PLC0415 - heavy, and not for --help

    try:
        yield
    except OUTAGES as error:
        raise UnavailableError(
            f"the database does not answer, see 'parking doctor': {error}".splitlines()[0], code="database_unavailable"
        ) from error


def in_transaction(work: "Callable[[AsyncSession], Awaitable[T]]") -> T:
    """Do one use case in one transaction; raises as `with_database` does."""

    async def whole(database: "Database") -> T:
        async with database.transaction() as session:
            return await work(session)

    return with_database(whole)
