"""Statements that the driver runs by itself, for what every payment waits for, and for what reads a million rows.

SQLAlchemy takes about four times as long for a statement as its driver does. These few go past it, on the connection
and in the transaction of the session that they are given, and are prepared once for each connection.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import asyncpg
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.unit_of_work import READS

_DRIVER: Final = "driver"
"""A session ends with its transaction (`unit_of_work`), so its connection is always the same."""


class Prepared:
    """One statement with `$1`, `$2`, ... for its arguments, whose types are the driver's: JSON goes as text and comes decoded."""

    def __init__(self, sql: str) -> None:
        self._sql = sql

    async def rows(self, session: AsyncSession, *arguments: object) -> Sequence[Sequence[Any]]:
        """All rows, each in the order of its columns; raises SQLAlchemy's `DBAPIError` as its own statements do."""
        if session.new or session.dirty or session.deleted:
            await session.flush()
        driver = session.info.get(_DRIVER)
        if driver is None:
            connection = await session.connection()
            driver = (await connection.get_raw_connection()).driver_connection
            if driver is None or not (driver.is_in_transaction() or READS in session.info):
                # SQLAlchemy opens the transaction with the first statement that it runs itself.
                result = await connection.exec_driver_sql(self._sql, arguments)
                return result.all() if result.returns_rows else ()
            session.info[_DRIVER] = driver
        with self._as_its_own():
            found: Sequence[Sequence[Any]] = await driver.fetch(self._sql, *arguments)
        return found

    async def pieces(
        self, session: AsyncSession, *arguments: object, size: int
    ) -> AsyncIterator[Sequence[Sequence[Any]]]:
        """The rows as `rows` has them, so many at a time, for more of them than anybody should hold; raises as it does.

        The session has run a statement of its own before, as nobody else opens the transaction that this needs.
        """
        connection = await session.connection()
        driver = (await connection.get_raw_connection()).driver_connection
        if driver is None:
            raise RuntimeError("the session has no driver connection")
        with self._as_its_own():
            cursor = await driver.cursor(self._sql, *arguments)
        while True:
            with self._as_its_own():
                found: Sequence[Sequence[Any]] = await cursor.fetch(size)
            if not found:
                return
            yield found

    async def row(self, session: AsyncSession, *arguments: object) -> Sequence[Any] | None:
        """The first row, None where there is none."""
        found = await self.rows(session, *arguments)
        return found[0] if found else None

    async def value(self, session: AsyncSession, *arguments: object) -> Any:  # noqa: ANN401 - whatever the statement selects
        """The first column of the first row, None where there is none."""
        found = await self.row(session, *arguments)
        return None if found is None else found[0]

    @contextmanager
    def _as_its_own(self) -> Iterator[None]:
        """What the driver raises, as SQLAlchemy raises it."""
        try:
            yield
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(self._sql, None, error) from error
        except asyncpg.PostgresError as error:
            gone = isinstance(error, asyncpg.PostgresConnectionError)
            raise DBAPIError(self._sql, None, error, connection_invalidated=gone) from error
