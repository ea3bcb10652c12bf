"""Monthly partitions of the two history tables, made before the rows that need them arrive."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PARTITIONED: Final = ("observation", "space_state_change")
DECEMBER: Final = 12


def month_of(instant: datetime) -> date:
    """First day of the month in UTC, which names the partition."""
    return instant.astimezone(UTC).date().replace(day=1)


def months_from(first: date, count: int) -> list[date]:
    """`count` months in order, the one of `first` among them."""
    months = [first.replace(day=1)]
    while len(months) < count:
        months.append(_next(months[-1]))
    return months[:count]


async def ensure_partitions(session: AsyncSession, months: Iterable[date]) -> None:
    """Make what is missing; months that have their partitions cost one look each."""
    for month in sorted(set(months)):
        for table in PARTITIONED:
            name = f"{table}_{month:%Y_%m}"
            if await session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is None:
                await session.execute(
                    text(
                        f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table}"
                        f" FOR VALUES FROM ('{month}T00:00:00Z') TO ('{_next(month)}T00:00:00Z')"
                    )
                )


def _next(month: date) -> date:
    if month.month == DECEMBER:
        return month.replace(year=month.year + 1, month=1)
    return month.replace(month=month.month + 1)
