"""Monthly partitions of the two history tables, made before the rows that need them arrive."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

READINGS: Final = "observation"
CHANGES: Final = "space_state_change"
PARTITIONED: Final = (READINGS, CHANGES)
BEFORE: Final = f"{CHANGES}_before_"
DECEMBER: Final = 12
MAKING: Final = 0x6869_7374_6D6F6E
"""Advisory lock of whoever makes partitions."""
_NAMES: Final = text(
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(:name)"
)


def month_of(instant: datetime) -> date:
    """First day of the month in UTC, which names the partition."""
    return instant.astimezone(UTC).date().replace(day=1)


def months_from(first: date, count: int) -> list[date]:
    """`count` months in order, the one of `first` among them."""
    months = [first.replace(day=1)]
    while len(months) < count:
        months.append(_next(months[-1]))
    return months[:count]


async def partitions_of(session: AsyncSession, table: str) -> list[str]:
    """Their names, in order of their months."""
    return sorted(await session.scalars(_NAMES, {"name": table}))


async def ensure_partitions(session: AsyncSession, months: Iterable[date]) -> None:
    """Make what is missing; months that have their partitions cost one look in all. A month of which only the last changes are
    kept has its place among those.

    A table that is made apart and attached keeps out neither readers nor writers, which one that is made in its place would.
    """
    wanted = sorted(set(months))
    for table in PARTITIONED:
        if not await _missing(session, table, wanted):
            continue
        # Whoever makes partitions at the same time waits and finds them made.
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MAKING})
        for month in await _missing(session, table, wanted):
            name = f"{table}_{month:%Y_%m}"
            await session.execute(text(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)"))
            bounds = f"FROM ('{month}T00:00:00Z') TO ('{_next(month)}T00:00:00Z')"
            await session.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES {bounds}"))


async def _missing(session: AsyncSession, table: str, months: Iterable[date]) -> list[date]:
    present = await partitions_of(session, table)
    return [
        month
        for month in months
        if f"{table}_{month:%Y_%m}" not in present
        and not (table == CHANGES and any(each > before_name(month) for each in present))
    ]


def before_name(month: date) -> str:
    """Names the partition of the last changes before the month."""
    return f"{BEFORE}{month:%Y_%m}"


def _next(month: date) -> date:
    if month.month == DECEMBER:
        return month.replace(year=month.year + 1, month=1)
    return month.replace(month=month.month + 1)
