"""Daily partitions of kept messages: made before the rows that need them, dropped whole when their time is over."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

TABLE: Final = "raw_message"
_NAMES = text(
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(:name)"
)


def day_of(instant: datetime) -> date:
    """The day in UTC, which names the partition."""
    return instant.astimezone(UTC).date()


async def ensure_days(session: AsyncSession, days: Iterable[date]) -> None:
    """Make what is missing; days that have their partitions cost one look in all."""
    present = set(await session.scalars(_NAMES, {"name": TABLE}))
    for day in sorted(set(days)):
        if _name(day) not in present:
            await session.execute(
                text(
                    f"CREATE TABLE IF NOT EXISTS {_name(day)} PARTITION OF {TABLE}"
                    f" FOR VALUES FROM ('{day}T00:00:00Z') TO ('{day + timedelta(days=1)}T00:00:00Z')"
                )
            )


async def drop_days(session: AsyncSession, before: date) -> int:
    """Drop the days that lie wholly before this one; answers how many. Waits five seconds for readers at most."""
    over = [name for name in await session.scalars(_NAMES, {"name": TABLE}) if name < _name(before)]
    await session.execute(text("SET LOCAL lock_timeout = '5s'"))
    for name in sorted(over):
        await session.execute(text(f"DROP TABLE {name}"))
    return len(over)


def _name(day: date) -> str:
    return f"{TABLE}_{day:%Y_%m_%d}"
