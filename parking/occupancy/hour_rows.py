"""Hourly occupancy written by COPY: a past that was measured elsewhere comes in at once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.occupancy.tables import OccupancyHourRow


class HourRow(NamedTuple):
    """The columns of `OccupancyHourRow`, in their order."""

    zone_id: str
    kind: str
    hour: datetime
    spaces: int
    known_s: int
    occupied_s: int
    full_s: int
    stays: int
    unknown_s: int | None = None
    disbelieved_s: int | None = None
    stay_lengths: list[int] | None = None
    moments: list[int] | None = None


_COLUMNS: Final = HourRow._fields


async def copy_hours(session: AsyncSession, rows: Iterable[HourRow]) -> None:
    """Add hours that are not there yet; one that is there is refused by the database, and then nothing is added."""
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the session has no driver connection")
    await driver.copy_records_to_table(OccupancyHourRow.__tablename__, records=rows, columns=_COLUMNS)


async def has_hours(session: AsyncSession) -> bool:
    """Whether anything was ever measured."""
    return await session.scalar(select(OccupancyHourRow.hour).where(OccupancyHourRow.known_s > 0).limit(1)) is not None
