"""How many stays began, hour by hour: what the hourly aggregates say of arrivals."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_BEGUN = text("""
    SELECT st.zone_id, coalesce(s.kind, f.kind) AS kind, date_trunc('hour', st.started_at, 'UTC') AS hour,
        count(*) AS stays
    FROM session st
    LEFT JOIN space s ON s.space_id = st.space_id LEFT JOIN facility f ON f.facility_id = st.facility_id
    WHERE num_nonnulls(s.kind, f.kind) > 0 AND st.started_at >= :start AND st.started_at < :end
    GROUP BY 1, 2, 3
""")


async def stays_begun(session: AsyncSession, start: datetime, end: datetime) -> Mapping[tuple[str, str, datetime], int]:
    """By zone, kind of place and beginning of the hour, of stays that began in `[start, end)`."""
    rows = await session.execute(_BEGUN, {"start": start, "end": end})
    return {(row.zone_id, row.kind, row.hour): row.stays for row in rows}
