"""One request or job, one transaction: the only place in the project that commits."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from parking.calendar.official import OFFICIAL, Calendars
from parking.db import city_calendar, unchanging

LastAct = Callable[[AsyncSession], Awaitable[None]]
_LAST_ACTS: Final = "last acts"
READS: Final = "reads"
"""Marks the session of `Database.reading`."""


class Database:
    """Hands out transactions; services receive the session and never end it themselves."""

    def __init__(self, engine: AsyncEngine, calendars: Calendars = OFFICIAL) -> None:
        """`calendars` are those of the city; services find them by `parking.db.city_calendar.calendars_of`."""
        self.engine = engine
        info = {city_calendar.INFO_KEY: calendars, unchanging.INFO_KEY: {}}
        self._sessions = async_sessionmaker(engine, expire_on_commit=False, info=info)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commit when the block ends well, roll back when it raises."""
        async with self._sessions() as session, session.begin():
            yield session
            # Whoever has rolled back by hand has taken everything back.
            for act in session.info.pop(_LAST_ACTS, ()) if session.in_transaction() else ():
                await act(session)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """For reads that need no common instant: nothing is opened before them or ended after them, and nothing may be
        written. In a transaction each of its statements would see what is committed by then as well.
        """
        async with self._sessions() as session:
            await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            session.info[READS] = True
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


def before_commit(session: AsyncSession, act: LastAct) -> None:
    """Let `act` be the last thing that the transaction does, once it is known that its block ended well."""
    acts: list[LastAct] = session.info.setdefault(_LAST_ACTS, [])
    acts.append(act)
