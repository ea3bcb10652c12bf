"""Counts of facilities into history by COPY. Bringing the same counts again adds nothing; the live state is not touched."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.occupancy.birmingham import FacilityCount

_ARRIVING: Final = "arriving_facility_count"
_MAKE = text(f"CREATE TEMPORARY TABLE IF NOT EXISTS {_ARRIVING} (LIKE facility_count) ON COMMIT DELETE ROWS")
_KEEP = text(f"""
    INSERT INTO facility_count (facility_id, observed_at, capacity, occupied)
    SELECT facility_id, observed_at, capacity, occupied FROM {_ARRIVING}
    ON CONFLICT (facility_id, observed_at) DO NOTHING
    RETURNING 1
""")  # noqa: S608 - the name is a constant of this file
_EMPTY = text(f"TRUNCATE {_ARRIVING}")


class Kept(NamedTuple):
    """Counts that history did not have yet, and those it had."""

    added: int
    present: int


async def keep_counts(session: AsyncSession, counts: Sequence[FacilityCount]) -> Kept:
    """Add what is new, in the caller's transaction; the first count of a facility and instant stays."""
    await session.execute(_MAKE)
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the session has no driver connection")
    await driver.copy_records_to_table(_ARRIVING, records=counts, columns=FacilityCount._fields)
    added = len((await session.execute(_KEEP)).all())
    await session.execute(_EMPTY)
    return Kept(added, len(counts) - added)
