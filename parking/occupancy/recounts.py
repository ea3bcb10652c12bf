"""Hours to count again because history of them arrived when nobody expected more; noted in the transaction that wrote it."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.occupancy.tables import OccupancyRecountRow


async def note(session: AsyncSession, hour: datetime) -> None:
    """From the beginning of this hour on."""
    await session.execute(insert(OccupancyRecountRow).values(hour=hour).on_conflict_do_nothing())


async def first(session: AsyncSession) -> datetime | None:
    found: datetime | None = await session.scalar(select(func.min(OccupancyRecountRow.hour)))
    return found


async def settle(session: AsyncSession, until: datetime) -> None:
    """The hours before this one are counted."""
    await session.execute(delete(OccupancyRecountRow).where(OccupancyRecountRow.hour < until))
