"""Counts published changes into hours: mean occupancy, full time, what was not known, and the stays of each kind of place.

`roll_hours` reads changes, carries the condition of every space from hour to hour and writes rows. An hour is counted again
while it is younger than `RECOUNT`, and where history of it arrived later still (`recounts.py`).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.clock import to_micros
from parking.occupancy import recounts
from parking.occupancy.hour_rows import HourRow
from parking.occupancy.hour_sums import Change, Condition, HourSums, Place, condition_of, sum_hour
from parking.occupancy.stay_lengths import CLASSES
from parking.occupancy.tables import OccupancyHourRow, SpaceStateRow

HOUR: Final = timedelta(hours=1)
GRACE: Final = timedelta(minutes=5)
"""How long after its end an hour is first counted: the history writer may be a little behind."""
RECOUNT: Final = timedelta(hours=6)
MOST_HOURS: Final = 24 * 7
"""Counted in one transaction; the next run goes on."""
_KEY: Final = ("zone_id", "kind", "hour")

_AT_START = text("""
    SELECT s.space_id, s.zone_id, s.kind, coalesce(before.status, 'unknown') AS status,
        CASE WHEN before.status IS NULL THEN 'never_heard' ELSE before.reason END AS reason
    FROM space s LEFT JOIN LATERAL (
        SELECT c.status, c.reason FROM space_state_change c WHERE c.space_id = s.space_id AND c.at < :start
        ORDER BY c.at DESC, c.change_id DESC, c.item DESC LIMIT 1
    ) AS before ON true
    WHERE s.removed_at IS NULL OR s.removed_at > :start
""")

Told = TypeVar("Told")
ByHour = Mapping[tuple[str, str, datetime], Told]
"""By zone, kind and hour."""
OfHours = Callable[[AsyncSession, datetime, datetime], Awaitable[ByHour[Told]]]


@dataclass(frozen=True, kw_only=True)
class StaysTold:
    """Who knows of stays, which are no matter of this package."""

    begun: OfHours[int]
    """How many began."""
    ended: OfHours[list[int]]
    """How many ended, by class of length (`stay_lengths`)."""


async def roll_hours(session: AsyncSession, *, now: datetime, stays: StaysTold) -> int:
    """Count every whole hour that is not yet counted, and those again that may have changed; how many hours that was."""
    last = whole_hour(now - GRACE)
    start = await _first_hour(session)
    if start is None or start >= last:
        return 0
    end = min(last, start + MOST_HOURS * HOUR)
    places, conditions = await _at_start(session, start)
    begun, ended = await stays.begun(session, start, end), await stays.ended(session, start, end)
    hour, count = start, 0
    while hour < end:
        changes = await _changes(session, hour, hour + HOUR)
        sums = sum_hour(to_micros(hour), places, conditions, changes)
        await _write(session, [_row(place, hour, one, begun, ended) for place, one in sums.items()])
        conditions.update((change.space_id, change.condition) for change in changes)
        hour, count = hour + HOUR, count + 1
    await recounts.settle(session, end)
    if end < last:
        # The next run goes on here, also where later hours were counted long ago.
        await recounts.note(session, end)
    return count


def whole_hour(instant: datetime) -> datetime:
    """The beginning of its hour."""
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


async def _first_hour(session: AsyncSession) -> datetime | None:
    """From where to count: never before the first change, so that a past which was brought in stays what it is."""
    oldest = await session.scalar(select(func.min(SpaceStateRow.at)))
    if oldest is None:
        return None
    newest = await session.scalar(select(func.max(OccupancyHourRow.hour)))
    start = whole_hour(oldest) if newest is None else newest + HOUR - RECOUNT
    late = await recounts.first(session)
    return max(whole_hour(oldest), start if late is None else min(start, late))


async def _at_start(session: AsyncSession, start: datetime) -> tuple[dict[str, Place], dict[str, Condition]]:
    rows = (await session.execute(_AT_START, {"start": start})).all()
    places = {row.space_id: Place(row.zone_id, row.kind) for row in rows}
    return places, {row.space_id: condition_of(row.status, row.reason) for row in rows}


async def _changes(session: AsyncSession, start: datetime, end: datetime) -> Sequence[Change]:
    row = SpaceStateRow
    found = await session.execute(
        select(row.at, row.space_id, row.status, row.reason)
        .where(row.at >= start, row.at < end)
        .order_by(row.at, row.shard, row.change_id, row.item)
    )
    return [Change(to_micros(at), space_id, condition_of(status, reason)) for at, space_id, status, reason in found]


def _row(place: Place, hour: datetime, sums: HourSums, begun: ByHour[int], ended: ByHour[list[int]]) -> HourRow:
    key = (place.zone_id, place.kind, hour)
    return HourRow(
        zone_id=place.zone_id,
        kind=place.kind,
        hour=hour,
        spaces=sums.spaces,
        known_s=sums.known_s,
        occupied_s=sums.occupied_s,
        full_s=sums.full_s,
        stays=begun.get(key, 0),
        unknown_s=sums.unknown_s,
        disbelieved_s=sums.disbelieved_s,
        stay_lengths=ended.get(key, [0] * CLASSES),
    )


async def _write(session: AsyncSession, rows: Sequence[HourRow]) -> None:
    if not rows:
        return
    wanted = insert(OccupancyHourRow)
    counted = {name: wanted.excluded[name] for name in HourRow._fields if name not in _KEY}
    await session.execute(
        wanted.on_conflict_do_update(index_elements=_KEY, set_=counted), [row._asdict() for row in rows]
    )
