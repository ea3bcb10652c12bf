"""How many stays began, hour by hour: what the hourly aggregates say of arrivals."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_BEGUN = text("""
    SELECT st.zone_id, s.kind, date_trunc('hour', st.started_at, 'UTC') AS hour, count(*) AS stays
    FROM session st JOIN space s ON s.space_id = st.space_id
    WHERE st.started_at >= :start AND st.started_at < :end
    GROUP BY st.zone_id, s.kind, hour
""")


async def stays_begun(session: AsyncSession, start: datetime, end: datetime) -> Mapping[tuple[str, str, datetime], int]:
    """By zone, kind of place and beginning of the hour, of stays that began in `[start, end)`."""
    rows = await session.execute(_BEGUN, {"start": start, "end": end})
    return {(row.zone_id, row.kind, row.hour): row.stays for row in rows}
