"""All SQL of restrictions. Functions take the session of the caller's transaction and never end it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Row, Select, and_, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from parking.events.restriction import Severity
from parking.places.tables import SegmentRow, SpaceRow, ZoneRow
from parking.restrictions.model import Closure, ReleaseCause, Restriction, closures_of
from parking.restrictions.tables import RestrictionRow, RestrictionSpaceRow

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def lock(session: AsyncSession, restriction_id: str) -> None:
    """One writer of this restriction at a time, also of one that is not there yet."""
    await session.execute(_LOCK, {"name": f"restriction:{restriction_id}"})


async def find(session: AsyncSession, restriction_id: str) -> Restriction | None:
    found = await _restrictions(session, RestrictionRow.restriction_id == restriction_id)
    return found[0] if found else None


async def standing(
    session: AsyncSession, after: datetime, *, requester: str | None = None, zone_ids: Collection[str] | None = None
) -> list[Restriction]:
    """What nobody has released and ends after `after`; of one requester, or over spaces of some zones, when given."""
    conditions = [RestrictionRow.state == "applied", RestrictionRow.ends_at > after]
    if requester is not None:
        conditions.append(RestrictionRow.requester == requester)
    if zone_ids is not None:
        inside = select(RestrictionSpaceRow.restriction_id).join(
            SpaceRow, SpaceRow.space_id == RestrictionSpaceRow.space_id
        )
        conditions.append(RestrictionRow.restriction_id.in_(inside.where(SpaceRow.zone_id.in_(list(zone_ids)))))
    return await _restrictions(session, *conditions)


async def all_of(session: AsyncSession, requester: str) -> list[Restriction]:
    """Everything of one requester that stands, over or not."""
    return await _restrictions(session, RestrictionRow.state == "applied", RestrictionRow.requester == requester)


async def taken_from(session: AsyncSession, requester: str, after: datetime) -> list[Restriction]:
    """What was released because the requester was switched off, and would not be over at `after`."""
    return await _restrictions(
        session,
        RestrictionRow.requester == requester,
        RestrictionRow.release_cause == "module_disabled",
        RestrictionRow.ends_at > after,
    )


async def ended(session: AsyncSession, at: datetime) -> list[Restriction]:
    """What is over at `at` and was not said to be."""
    return await _restrictions(session, RestrictionRow.state == "applied", RestrictionRow.ends_at <= at)


async def over_space(session: AsyncSession, space_id: str, start: datetime, end: datetime) -> list[Restriction]:
    """Released ones included, whose window touches `[start, end)`."""
    over = select(RestrictionSpaceRow.restriction_id).where(RestrictionSpaceRow.space_id == space_id)
    return await _restrictions(
        session,
        RestrictionRow.restriction_id.in_(over),
        RestrictionRow.starts_at < end,
        RestrictionRow.ends_at > start,
    )


async def closures(
    session: AsyncSession, after: datetime, zone_ids: Collection[str] | None = None
) -> dict[str, list[Closure]]:
    """By zone: the windows, not over at `after`, in which spaces may not be entered, merged for each space."""
    over: dict[str, list[Restriction]] = defaultdict(list)
    for item in await standing(session, after, zone_ids=zone_ids):
        for space_id in item.space_ids if item.closes else ():
            over[space_id].append(item)
    zones = await zones_of(session, over)
    found: dict[str, list[Closure]] = defaultdict(list)
    for space_id in sorted(over.keys() & zones.keys()):
        if zone_ids is None or zones[space_id] in zone_ids:
            found[zones[space_id]] += closures_of(space_id, over[space_id])
    return found


async def zones_of(session: AsyncSession, space_ids: Iterable[str]) -> dict[str, str]:
    """Space → zone; spaces that left the inventory are missing."""
    query = select(SpaceRow.space_id, SpaceRow.zone_id)
    rows = await session.execute(query.where(SpaceRow.space_id.in_(list(space_ids)), SpaceRow.removed_at.is_(None)))
    return {row.space_id: row.zone_id for row in rows}


async def districts_of(session: AsyncSession, space_ids: Iterable[str]) -> dict[str, str]:
    """Space → district; spaces that left the inventory are missing."""
    query = select(SpaceRow.space_id, ZoneRow.district_id).join(ZoneRow, ZoneRow.zone_id == SpaceRow.zone_id)
    rows = await session.execute(query.where(SpaceRow.space_id.in_(list(space_ids)), SpaceRow.removed_at.is_(None)))
    return {row.space_id: row.district_id for row in rows}


async def spaces_within(
    session: AsyncSession, segment_ids: Collection[str], zone_ids: Collection[str]
) -> tuple[list[str], list[str]]:
    """The spaces of segments and zones, in order, and those of the named places that do not exist."""
    segments = await session.scalars(select(SegmentRow.segment_id).where(SegmentRow.segment_id.in_(list(segment_ids))))
    in_use = and_(ZoneRow.zone_id.in_(list(zone_ids)), ZoneRow.removed_at.is_(None))
    zones = await session.scalars(select(ZoneRow.zone_id).where(in_use))
    unknown = (set(segment_ids) - set(segments)) | (set(zone_ids) - set(zones))
    inside = or_(SpaceRow.segment_id.in_(list(segment_ids)), SpaceRow.zone_id.in_(list(zone_ids)))
    query = select(SpaceRow.space_id).where(inside, SpaceRow.removed_at.is_(None)).order_by(SpaceRow.space_id)
    return list(await session.scalars(query)), sorted(unknown)


async def add(session: AsyncSession, item: Restriction, at: datetime) -> None:
    session.add(
        RestrictionRow(
            restriction_id=item.restriction_id,
            requester=item.requester,
            starts_at=item.start,
            ends_at=item.end,
            severity=item.severity,
            reason=item.reason,
            authority=item.authority,
            permit=item.permit,
            stops_charging=item.stops_charging,
            state="applied",
            applied_at=at,
        )
    )
    await session.flush()
    rows = [{"restriction_id": item.restriction_id, "space_id": space_id} for space_id in item.space_ids]
    await session.execute(insert(RestrictionSpaceRow), rows)


async def mark_released(session: AsyncSession, ids: Sequence[str], at: datetime, cause: ReleaseCause) -> None:
    """One that is over was over at its end, however late that is written down."""
    when = func.least(RestrictionRow.ends_at, at)
    values = {"state": "released", "released_at": when, "release_cause": cause}
    await session.execute(update(RestrictionRow).where(RestrictionRow.restriction_id.in_(ids)).values(values))


async def mark_applied(session: AsyncSession, ids: Sequence[str]) -> None:
    values = {"state": "applied", "released_at": None, "release_cause": None}
    await session.execute(update(RestrictionRow).where(RestrictionRow.restriction_id.in_(ids)).values(values))


async def _restrictions(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[Restriction]:
    spaces = func.array_agg(RestrictionSpaceRow.space_id.distinct()).label("space_ids")
    query: Select[tuple[object, ...]] = (
        select(*RestrictionRow.__table__.c, spaces)
        .join(RestrictionSpaceRow, RestrictionSpaceRow.restriction_id == RestrictionRow.restriction_id)
        .where(*conditions)
        .group_by(RestrictionRow.restriction_id)
        .order_by(RestrictionRow.starts_at, RestrictionRow.restriction_id)
    )
    return [_restriction(row) for row in await session.execute(query)]


def _restriction(row: Row[tuple[object, ...]]) -> Restriction:
    return Restriction(
        restriction_id=row.restriction_id,
        requester=row.requester,
        space_ids=tuple(sorted(row.space_ids)),
        start=row.starts_at,
        end=row.ends_at,
        severity=cast("Severity", row.severity),
        reason=row.reason,
        authority=row.authority,
        permit=row.permit,
        stops_charging=row.stops_charging,
        released_at=row.released_at,
        release_cause=cast("ReleaseCause | None", row.release_cause),
    )
