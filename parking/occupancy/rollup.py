"""Counts published changes into hours: mean occupancy, full time, what was not known, and the stays of each kind of place.

`roll_hours` reads changes, carries the condition of every space from hour to hour and writes rows. An hour is counted once, and again where
the history writer notes that changes of it came late (`recounts.py`). Stays are revised for longer: those of young hours are counted anew at every run.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.prepared import Prepared
from parking.domain.clock import to_micros
from parking.occupancy import recounts
from parking.occupancy.hour_rows import HourRow
from parking.occupancy.hour_sums import Change, Condition, HourSums, Place, condition_of, sum_hour
from parking.occupancy.stay_lengths import CLASSES
from parking.occupancy.tables import OccupancyHourRow, SpaceStateRow

HOUR: Final = timedelta(hours=1)
GRACE: Final = timedelta(minutes=5)
"""How long after its end an hour is first counted: the history writer may be a little behind."""
ON_TIME: Final = GRACE - timedelta(minutes=1)
"""A change that is written later than this after the end of its hour is late; a transaction takes less than the rest."""
STAYS_REVISED: Final = timedelta(hours=6)
"""Stays may be dated back, told anew and claimed for so long."""
MOST_HOURS: Final = 24 * 7
"""Counted in one transaction; the next run goes on."""
_KEY: Final = ("zone_id", "kind", "hour")

_AT_START: Final = Prepared("""
    SELECT s.space_id, s.zone_id, s.kind, coalesce(before.status, 'unknown') AS status,
        CASE WHEN before.status IS NULL THEN 'never_heard' ELSE before.reason END AS reason,
        coalesce(before.previous_status, 'unknown') AS previous_status, coalesce(before.evidence, 'none') AS evidence
    FROM space s LEFT JOIN LATERAL (
        SELECT c.status, c.reason, c.previous_status, c.evidence FROM space_state_change c WHERE c.space_id = s.space_id AND c.at < $1
        ORDER BY c.at DESC, c.change_id DESC, c.item DESC LIMIT 1
    ) AS before ON true
    WHERE s.removed_at IS NULL OR s.removed_at > $1
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
    if start is None:
        return 0
    end = max(start, min(last, start + MOST_HOURS * HOUR))
    since = min(start, last - STAYS_REVISED)
    begun, ended = await stays.begun(session, since, end), await stays.ended(session, since, end)
    await _revise_stays(session, since, start, begun, ended)
    if start == end:
        return 0
    places, conditions = await _at_start(session, start)
    hour, count = start, 0
    while hour < end:
        sums = await _counted(session, hour, places, conditions)
        await _write(session, [_row(place, hour, one, begun, ended) for place, one in sums.items()])
        hour, count = hour + HOUR, count + 1
    await recounts.settle(session, end)
    if end < last:
        # The next run goes on here, also where later hours were counted long ago.
        await recounts.note(session, end)
    return count


def is_late(at: datetime, now: datetime) -> bool:
    """Whether a change that was published at `at` and is written `now` may belong to an hour that is counted already."""
    return whole_hour(at) + HOUR + ON_TIME <= now


def whole_hour(instant: datetime) -> datetime:
    """The beginning of its hour."""
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


async def _first_hour(session: AsyncSession) -> datetime | None:
    """From where to count: never before the first change, so that a past which was brought in stays what it is."""
    oldest = await session.scalar(select(func.min(SpaceStateRow.at)))
    if oldest is None:
        return None
    newest = await session.scalar(select(func.max(OccupancyHourRow.hour)))
    start = whole_hour(oldest) if newest is None else newest + HOUR
    late = await recounts.first(session)
    return max(whole_hour(oldest), start if late is None else min(start, late))


async def _at_start(session: AsyncSession, start: datetime) -> tuple[dict[str, Place], dict[str, Condition]]:
    rows = await _AT_START.rows(session, start)

    def read() -> tuple[dict[str, Place], dict[str, Condition]]:
        places = {space_id: Place(zone_id, kind) for space_id, zone_id, kind, *_ in rows}
        return places, {
            space_id: condition_of(status, reason, previous_status=previous_status, evidence=evidence)
            for space_id, _, _, status, reason, previous_status, evidence in rows
        }

    return await asyncio.to_thread(read)


async def _counted(
    session: AsyncSession, hour: datetime, places: Mapping[str, Place], conditions: dict[str, Condition]
) -> dict[Place, HourSums]:
    """The sums of the hour, at whose end the conditions are; the reckoning leaves the process to others in between."""
    row = SpaceStateRow
    found = await session.execute(
        select(row.at, row.space_id, row.status, row.reason, row.previous_status, row.evidence)
        .where(row.at >= hour, row.at < hour + HOUR)
        .order_by(row.at, row.shard, row.change_id, row.item)
    )
    rows = found.all()

    def reckon() -> dict[Place, HourSums]:
        changes = [
            Change(
                to_micros(at),
                space_id,
                condition_of(status, reason, previous_status=previous_status, evidence=evidence),
            )
            for at, space_id, status, reason, previous_status, evidence in rows
        ]
        sums = sum_hour(to_micros(hour), places, conditions, changes)
        conditions.update((change.space_id, change.condition) for change in changes)
        return sums

    return await asyncio.to_thread(reckon)


async def _revise_stays(
    session: AsyncSession, since: datetime, until: datetime, begun: ByHour[int], ended: ByHour[list[int]]
) -> None:
    """Of hours that were counted before, what is said of stays now; a past that was brought in stays what it is."""
    row = OccupancyHourRow
    columns = (row.zone_id, row.kind, row.hour, row.stays, row.stay_lengths)
    found = await session.execute(
        select(*columns).where(row.hour >= since, row.hour < until, row.stay_lengths.is_not(None))
    )
    for zone_id, kind, hour, stays, lengths in found:
        key = (zone_id, kind, hour)
        now, now_lengths = begun.get(key, 0), ended.get(key, [0] * CLASSES)
        if (now, now_lengths) != (stays, lengths):
            mine = update(row).where(row.zone_id == zone_id, row.kind == kind, row.hour == hour)
            await session.execute(mine.values(stays=now, stay_lengths=now_lengths))


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
        moments=list(sums.moments),
    )


async def _write(session: AsyncSession, rows: Sequence[HourRow]) -> None:
    if not rows:
        return
    wanted = insert(OccupancyHourRow)
    counted = {name: wanted.excluded[name] for name in HourRow._fields if name not in _KEY}
    await session.execute(
        wanted.on_conflict_do_update(index_elements=_KEY, set_=counted), [row._asdict() for row in rows]
    )
