"""What share of a zone's spaces is usually vacant at an hour of the week: read from the hourly history."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.occupancy.tables import OccupancyHourRow
from parking.occupancy.vacancy_estimate import Usual, usual_share

WEEKS: Final = 6
LEAST_KNOWN: Final = 0.3
"""Share of an hour's space-seconds that must have been known, for the hour to tell of the zone."""

UsualHours = Mapping[str, Mapping[str, Usual]]
"""By zone and kind."""


async def usual_hours(session: AsyncSession, now: datetime) -> UsualHours:
    """The hour of `now` in each of the last weeks."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    row = OccupancyHourRow
    found = await session.execute(
        select(row.zone_id, row.kind, row.known_s, row.occupied_s).where(
            row.hour.in_([hour - timedelta(weeks=week) for week in range(1, WEEKS + 1)]),
            row.known_s >= LEAST_KNOWN * 3600 * row.spaces,
        )
    )
    shares: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for zone_id, kind, known_s, occupied_s in found:
        shares[zone_id, kind].append(1 - occupied_s / known_s)
    usual: defaultdict[str, dict[str, Usual]] = defaultdict(dict)
    for (zone_id, kind), seen in shares.items():
        usual[zone_id][kind] = usual_share(seen)
    return usual
