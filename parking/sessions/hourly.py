"""How many stays began and how long those were that ended, hour by hour: what the hourly aggregates say of turnover."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.occupancy.stay_lengths import CLASSES, EDGES_MIN

_BEGUN = text("""
    SELECT st.zone_id, coalesce(s.kind, f.kind) AS kind, date_trunc('hour', st.started_at, 'UTC') AS hour,
        count(*) AS stays
    FROM session st
    LEFT JOIN space s ON s.space_id = st.space_id LEFT JOIN facility f ON f.facility_id = st.facility_id
    WHERE num_nonnulls(s.kind, f.kind) > 0 AND st.started_at >= :start AND st.started_at < :end
    GROUP BY 1, 2, 3
""")

_ENDED = text("""
    SELECT st.zone_id, coalesce(s.kind, f.kind) AS kind, date_trunc('hour', st.ended_at, 'UTC') AS hour,
        width_bucket(extract(epoch FROM st.ended_at - st.started_at)::float8, CAST(:edges AS float8[])) AS class,
        count(*) AS stays
    FROM session st
    LEFT JOIN space s ON s.space_id = st.space_id LEFT JOIN facility f ON f.facility_id = st.facility_id
    WHERE num_nonnulls(s.kind, f.kind) > 0 AND st.state = 'ended' AND st.space_id IS DISTINCT FROM 'erased'
        AND st.ended_at > st.started_at AND st.ended_at >= :start AND st.ended_at < :end
    GROUP BY 1, 2, 3, 4
""")


async def stays_begun(session: AsyncSession, start: datetime, end: datetime) -> Mapping[tuple[str, str, datetime], int]:
    """By zone, kind of place and beginning of the hour, of stays that began in `[start, end)`."""
    rows = await session.execute(_BEGUN, {"start": start, "end": end})
    return {(row.zone_id, row.kind, row.hour): row.stays for row in rows}


async def stays_ended(
    session: AsyncSession, start: datetime, end: datetime
) -> Mapping[tuple[str, str, datetime], list[int]]:
    """As `stays_begun`, of stays that ended then: how many of each class of `stay_lengths`. One that was withdrawn lasted no
    time and is no stay.
    """
    values = {"start": start, "end": end, "edges": [edge * 60.0 for edge in EDGES_MIN]}
    found: dict[tuple[str, str, datetime], list[int]] = {}
    for row in await session.execute(_ENDED, values):
        found.setdefault((row.zone_id, row.kind, row.hour), [0] * CLASSES)[row[3]] = row.stays
    return found
