"""Counts published changes into hours: mean occupancy and full time of each kind of place in each zone.

The sums are pure; `roll_hours` reads changes, carries the state of every space from hour to hour and writes rows. An hour is
counted again while it is younger than `RECOUNT`, so that history that arrives late is still counted.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.clock import to_micros
from parking.occupancy.hour_rows import HourRow
from parking.occupancy.tables import OccupancyHourRow, SpaceStateRow

HOUR: Final = timedelta(hours=1)
GRACE: Final = timedelta(minutes=5)
"""How long after its end an hour is first counted: the history writer may be a little behind."""
RECOUNT: Final = timedelta(hours=6)
MOST_HOURS: Final = 24 * 7
"""Counted in one transaction; the next run goes on."""
_HOUR_US: Final = 3_600_000_000
_SECOND_US: Final = 1_000_000
_KNOWN: Final = frozenset({"free", "occupied"})

_AT_START = text("""
    SELECT s.space_id, s.zone_id, s.kind, coalesce(before.status, 'unknown') AS status
    FROM space s LEFT JOIN LATERAL (
        SELECT c.status FROM space_state_change c WHERE c.space_id = s.space_id AND c.at < :start
        ORDER BY c.at DESC, c.change_id DESC, c.item DESC LIMIT 1
    ) AS before ON true
    WHERE s.removed_at IS NULL OR s.removed_at > :start
""")


class Place(NamedTuple):
    """What hours are counted for."""

    zone_id: str
    kind: str


class Change(NamedTuple):
    """From `at_us` on the space has this state."""

    at_us: int
    space_id: str
    status: str


class HourSums(NamedTuple):
    """Of one place over one hour; space-seconds, and seconds of being full."""

    spaces: int
    known_s: int
    occupied_s: int
    full_s: int


StaysBegun = Callable[[AsyncSession, datetime, datetime], Awaitable[Mapping[tuple[str, str, datetime], int]]]
"""How many stays began, by zone, kind and hour."""


def sum_hour(
    start_us: int, places: Mapping[str, Place], states: Mapping[str, str], changes: Iterable[Change]
) -> dict[Place, HourSums]:
    """Sums of the hour that begins at `start_us`, from the states at its beginning and its changes in order.

    A place of which nothing was known all hour has no entry. Full is nine tenths of the spaces with a known state.
    """
    tallies: dict[Place, _Tally] = {}
    for space_id, place in places.items():
        tallies.setdefault(place, _Tally(start_us)).add(states.get(space_id, "unknown"))
    now = dict(states)
    for change in changes:
        place_of = places.get(change.space_id)
        if place_of is not None:
            tallies[place_of].move(change.at_us, now.get(change.space_id, "unknown"), change.status)
            now[change.space_id] = change.status
    return {place: sums for place, tally in tallies.items() if (sums := tally.finish(start_us + _HOUR_US)) is not None}


class _Tally:
    """One place while its hour passes; all times in microseconds."""

    def __init__(self, start_us: int) -> None:
        self._at_us = start_us
        self._spaces = self._known = self._occupied = 0
        self._known_us = self._occupied_us = self._full_us = 0

    def add(self, status: str) -> None:
        self._spaces += 1
        self._count(status, 1)

    def move(self, at_us: int, before: str, after: str) -> None:
        self._pass(at_us)
        self._count(before, -1)
        self._count(after, 1)

    def finish(self, end_us: int) -> HourSums | None:
        self._pass(end_us)
        known_s = self._known_us // _SECOND_US
        if not known_s:
            return None
        occupied_s = min(self._occupied_us // _SECOND_US, known_s)
        return HourSums(self._spaces, known_s, occupied_s, self._full_us // _SECOND_US)

    def _count(self, status: str, step: int) -> None:
        self._known += step * (status in _KNOWN)
        self._occupied += step * (status == "occupied")

    def _pass(self, until_us: int) -> None:
        passed = until_us - self._at_us
        self._known_us += passed * self._known
        self._occupied_us += passed * self._occupied
        if self._known and self._occupied * 10 >= self._known * 9:
            self._full_us += passed
        self._at_us = until_us


async def roll_hours(session: AsyncSession, *, now: datetime, stays_begun: StaysBegun) -> int:
    """Count every whole hour that is not yet counted, and the last ones again; how many hours that was."""
    end = _whole(now - GRACE)
    start = await _first_hour(session)
    if start is None or start >= end:
        return 0
    end = min(end, start + MOST_HOURS * HOUR)
    places, states = await _at_start(session, start)
    stays = await stays_begun(session, start, end)
    hour, count = start, 0
    while hour < end:
        changes = await _changes(session, hour, hour + HOUR)
        sums = sum_hour(to_micros(hour), places, states, changes)
        await _write(session, [_row(place, hour, one, stays) for place, one in sums.items()])
        states.update((change.space_id, change.status) for change in changes)
        hour, count = hour + HOUR, count + 1
    return count


def _whole(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


async def _first_hour(session: AsyncSession) -> datetime | None:
    """From where to count: never before the first change, so that a past which was brought in stays what it is."""
    oldest = await session.scalar(select(func.min(SpaceStateRow.at)))
    if oldest is None:
        return None
    newest = await session.scalar(select(func.max(OccupancyHourRow.hour)))
    return _whole(oldest) if newest is None else max(_whole(oldest), newest + HOUR - RECOUNT)


async def _at_start(session: AsyncSession, start: datetime) -> tuple[dict[str, Place], dict[str, str]]:
    rows = (await session.execute(_AT_START, {"start": start})).all()
    places = {row.space_id: Place(row.zone_id, row.kind) for row in rows}
    return places, {row.space_id: row.status for row in rows}


async def _changes(session: AsyncSession, start: datetime, end: datetime) -> Sequence[Change]:
    row = SpaceStateRow
    found = await session.execute(
        select(row.at, row.space_id, row.status)
        .where(row.at >= start, row.at < end)
        .order_by(row.at, row.shard, row.change_id, row.item)
    )
    return [Change(to_micros(at), space_id, status) for at, space_id, status in found]


def _row(place: Place, hour: datetime, sums: HourSums, stays: Mapping[tuple[str, str, datetime], int]) -> HourRow:
    return HourRow(
        zone_id=place.zone_id,
        kind=place.kind,
        hour=hour,
        spaces=sums.spaces,
        known_s=sums.known_s,
        occupied_s=sums.occupied_s,
        full_s=sums.full_s,
        stays=stays.get((place.zone_id, place.kind, hour), 0),
    )


async def _write(session: AsyncSession, rows: Sequence[HourRow]) -> None:
    if not rows:
        return
    wanted = insert(OccupancyHourRow)
    counted = {name: wanted.excluded[name] for name in ("spaces", "known_s", "occupied_s", "full_s", "stays")}
    await session.execute(
        wanted.on_conflict_do_update(index_elements=["zone_id", "kind", "hour"], set_=counted),
        [row._asdict() for row in rows],
    )
