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
    """
    for table in PARTITIONED:
        present = await partitions_of(session, table)
        for month in sorted(set(months)):
            name = f"{table}_{month:%Y_%m}"
            is_carried = table == CHANGES and any(each > before_name(month) for each in present)
            if name not in present and not is_carried:
                await session.execute(
                    text(
                        f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table}"
                        f" FOR VALUES FROM ('{month}T00:00:00Z') TO ('{_next(month)}T00:00:00Z')"
                    )
                )


def before_name(month: date) -> str:
    """Names the partition of the last changes before the month."""
    return f"{BEFORE}{month:%Y_%m}"


def _next(month: date) -> date:
    if month.month == DECEMBER:
        return month.replace(year=month.year + 1, month=1)
    return month.replace(month=month.month + 1)
