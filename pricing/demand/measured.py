"""How full places were, by band of the local day, from the hourly aggregates of history."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

HOUR_S: Final = 3600
_BY_HOUR = text("""
    SELECT zone_id, kind, CAST(extract(hour FROM hour AT TIME ZONE :timezone) AS int) AS local_hour,
           CAST(sum(occupied_s) AS bigint) AS occupied_s, CAST(sum(known_s) AS bigint) AS known_s,
           CAST(sum(full_s) AS bigint) AS full_s, CAST(sum(spaces) AS bigint) AS space_hours, count(*) AS hours
    FROM occupancy_hour
    WHERE hour >= :start AND hour < :end AND known_s > 0 AND zone_id = ANY(CAST(:zones AS text[]))
    GROUP BY zone_id, kind, local_hour
""")


@dataclass(frozen=True, kw_only=True)
class HourOfDay:
    """Sums over all days of a period for one local hour of the day."""

    occupied_s: int
    known_s: int
    full_s: int
    space_hours: int
    hours: int


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Of one band over a period: mean share of spaces taken, share of the time at or above 90 %, both 0 to 1.

    `hours` were measured; `known` is the share of space-time in them whose state was known.
    """

    occupancy: float
    full_share: float
    hours: float
    spaces: int
    known: float


Measured = dict[tuple[str, str], dict[int, HourOfDay]]
"""By zone id and kind of place, then by local hour of the day."""


async def measure(
    session: AsyncSession, zone_ids: Collection[str], *, start: datetime, end: datetime, timezone: str
) -> Measured:
    """Sums over `[start, end)`; what nothing is known of is absent."""
    found: Measured = {}
    parameters = {"timezone": timezone, "start": start, "end": end, "zones": sorted(zone_ids)}
    for row in await session.execute(_BY_HOUR, parameters):
        found.setdefault((row.zone_id, row.kind), {})[row.local_hour] = HourOfDay(
            occupied_s=row.occupied_s,
            known_s=row.known_s,
            full_s=row.full_s,
            space_hours=row.space_hours,
            hours=row.hours,
        )
    return found


def hours_in(start: time, end: time) -> frozenset[int]:
    """Local hours that lie whole in a daily span; `start == end` is the whole day, `end < start` crosses midnight."""
    first, last = start.hour + (start.minute > 0), end.hour
    if start == end:
        return frozenset(range(24))
    if end > start:
        return frozenset(range(first, last))
    return frozenset(range(first, 24)) | frozenset(range(last))


def demand_in(by_hour: dict[int, HourOfDay], hours: frozenset[int]) -> Demand | None:
    """The band's demand; None when nothing of it was measured."""
    kept = [row for hour, row in by_hour.items() if hour in hours]
    measured = sum(row.hours for row in kept)
    if not measured:
        return None
    space_hours, known_s = sum(row.space_hours for row in kept), sum(row.known_s for row in kept)
    return Demand(
        occupancy=sum(row.occupied_s for row in kept) / known_s,
        full_share=sum(row.full_s for row in kept) / (HOUR_S * measured),
        hours=float(measured),
        spaces=round(space_hours / measured),
        known=known_s / (HOUR_S * space_hours),
    )
