"""All SQL of counts by persons, paid hours and what was learnt from them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, and_, delete, exists, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.occupancy.tables import OccupancyHourRow
from parking.places.model import AreaClass
from parking.places.tables import SpaceRow, ZoneRow
from parking.sessions.tables import SessionRow
from pricing.forecast.history import LEAST_KNOWN
from pricing.paid.model import HOUR, CountedPlace, KeptCorrection, KeptCount, PaidHour, Place, SurveyCount
from pricing.paid.tables import (
    PaidHourRow,
    PaidPositionRow,
    PayingPlaceRow,
    PaymentCorrectionRow,
    SurveyCountRow,
)

REACH: Final = timedelta(days=3)
"""A stay that a person began longer ago is no stay at a place that is paid by the hour: somebody forgot to end it."""
_PLACE: Final = ("zone_id", "kind")
_HOUR: Final = (*_PLACE, "hour")
_LEARNT: Final = ("mean_absolute_error", "bias", "coverage", "paid_error")

_PAID: Final = text("""
    WITH declared AS (
        SELECT st.zone_id, s.kind,
            tstzmultirange(tstzrange(st.started_at, least(coalesce(st.ended_at, st.paused_at, :until), :until))) - coalesce(
                (
                    SELECT range_agg(tstzrange((gap->>'start')::timestamptz, (gap->>'end')::timestamptz))
                    FROM jsonb_array_elements(st.gaps) AS gap
                ),
                '{}'::tstzmultirange
            ) AS charged
        FROM zone z
        CROSS JOIN LATERAL (
            SELECT * FROM session
            WHERE session.zone_id = z.zone_id AND session.start_source <> 'sensor'
                AND session.started_at >= :reach AND session.started_at < :until
        ) AS st
        JOIN space s ON s.space_id = st.space_id
        WHERE coalesce(st.ended_at, st.paused_at, :until) > greatest(st.started_at, :since)
    )
    SELECT zone_id, kind, hour, round(sum(extract(epoch FROM least(upper(part), hour + interval '1 hour')
        - greatest(lower(part), hour))))::bigint AS paid_s
    FROM declared CROSS JOIN LATERAL unnest(charged) AS part
    CROSS JOIN LATERAL generate_series(
        greatest(date_trunc('hour', lower(part), 'UTC'), :since), upper(part) - interval '1 microsecond', interval '1 hour'
    ) AS hour
    GROUP BY zone_id, kind, hour
""")
"""Space-seconds by place and hour in `[since, until)` of stays that persons began, without what is not charged of them."""

_WAS_DECLARED: Final = text("""
    SELECT EXISTS (
        SELECT FROM zone z CROSS JOIN LATERAL (
            SELECT FROM session
            WHERE session.zone_id = z.zone_id AND session.start_source <> 'sensor' AND session.started_at < :before
            LIMIT 1
        ) AS declared
    )
""")


async def spaces_of(session: AsyncSession, zone_ids: Collection[str]) -> dict[Place, int]:
    """Spaces in service of each place of these zones."""
    row = SpaceRow
    found = await session.execute(
        select(row.zone_id, row.kind, func.count())
        .where(row.zone_id.in_(zone_ids), row.removed_at.is_(None), row.in_service)
        .group_by(row.zone_id, row.kind)
    )
    return {(zone_id, kind): number for zone_id, kind, number in found}


async def add_counts(session: AsyncSession, counts: Sequence[SurveyCount], *, by: str, at: datetime) -> set[Any]:
    """Those that were not there yet: their keys."""
    row = SurveyCountRow
    values = [
        {
            "zone_id": count.zone_id,
            "kind": count.kind,
            "counted_at": count.counted_at,
            "spaces": count.spaces,
            "occupied": count.occupied,
            "told_by": by,
            "told_at": at,
        }
        for count in counts
    ]
    wanted = insert(row).on_conflict_do_nothing(
        index_elements=["zone_id", "kind", "counted_at"], index_where=row.withdrawn_at.is_(None)
    )
    found = await session.execute(wanted.returning(row.zone_id, row.kind, row.counted_at), values)
    return {(zone_id, kind, counted_at) for zone_id, kind, counted_at in found}


async def counts_of(session: AsyncSession, keys: Collection[tuple[str, str, datetime]]) -> dict[Any, SurveyCount]:
    """Of these places at these instants those that stand."""
    row = SurveyCountRow
    found = await session.scalars(
        select(row).where(tuple_(row.zone_id, row.kind, row.counted_at).in_(keys), row.withdrawn_at.is_(None))
    )
    return {count.key: count for count in map(_count, found)}


async def counts_since(session: AsyncSession, since: datetime) -> list[SurveyCount]:
    """Those that stand."""
    row = SurveyCountRow
    found = await session.scalars(select(row).where(row.withdrawn_at.is_(None), row.counted_at >= since))
    return [_count(one) for one in found]


async def listed(
    session: AsyncSession, zone_ids: Collection[str] | None, *, before: int | None, limit: int
) -> list[KeptCount]:
    """Those that stand, the last told first; None is every zone."""
    row = SurveyCountRow
    query = select(row).where(row.withdrawn_at.is_(None)).order_by(row.count_id.desc()).limit(limit)
    query = query if zone_ids is None else query.where(row.zone_id.in_(zone_ids))
    query = query if before is None else query.where(row.count_id < before)
    return [_kept(one) for one in await session.scalars(query)]


async def count(session: AsyncSession, count_id: int) -> KeptCount | None:
    """None for one that was withdrawn."""
    row = await session.get(SurveyCountRow, count_id)
    return None if row is None or row.withdrawn_at is not None else _kept(row)


async def withdraw(session: AsyncSession, count_id: int, *, by: str, at: datetime) -> None:
    row = SurveyCountRow
    await session.execute(
        update(row).where(row.count_id == count_id, row.withdrawn_at.is_(None)).values(withdrawn_by=by, withdrawn_at=at)
    )


async def counts_changed(session: AsyncSession) -> datetime | None:
    """When a count was last told or withdrawn; None where there never was one."""
    row = SurveyCountRow
    found: datetime | None = await session.scalar(select(func.max(func.greatest(row.told_at, row.withdrawn_at))))
    return found


async def first_declared(session: AsyncSession) -> datetime | None:
    """When a person first began a stay, of those whose time and place are still known."""
    row = SessionRow
    found: datetime | None = await session.scalar(
        select(func.min(row.started_at)).where(row.start_source != "sensor", row.space_id != "erased")
    )
    return found


async def was_declared(session: AsyncSession, *, before: datetime) -> bool:
    """Whether a person began any stay before then."""
    return bool(await session.scalar(_WAS_DECLARED, {"before": before}))


async def paid_seconds(session: AsyncSession, since: datetime, until: datetime) -> dict[Place, dict[datetime, int]]:
    """By place and hour; whole hours."""
    found: dict[Place, dict[datetime, int]] = {}
    for row in await session.execute(_PAID, {"since": since, "until": until, "reach": since - REACH}):
        found.setdefault((row.zone_id, row.kind), {})[row.hour] = row.paid_s
    return found


async def last_paid(session: AsyncSession, since: datetime, until: datetime) -> dict[Place, datetime]:
    """Places in which anything was paid in that time, and the last hour of it in which it was."""
    row = PaidHourRow
    found = await session.execute(
        select(row.zone_id, row.kind, func.max(row.hour))
        .where(row.hour >= since, row.hour < until, row.paid_s > 0)
        .group_by(row.zone_id, row.kind)
    )
    return {(zone_id, kind): hour for zone_id, kind, hour in found}


async def area_classes(session: AsyncSession, zone_ids: Collection[str]) -> dict[str, AreaClass]:
    rows = await session.execute(select(ZoneRow.zone_id, ZoneRow.area_class).where(ZoneRow.zone_id.in_(zone_ids)))
    return {row.zone_id: msgspec.convert(row.area_class, AreaClass) for row in rows}


def known_enough(hour: type[OccupancyHourRow]) -> ColumnElement[bool]:
    """Whether sensors knew enough of the place for the hour to tell of it."""
    return and_(hour.known_s > 0, hour.known_s >= LEAST_KNOWN * 3600 * hour.spaces)


async def sensed(
    session: AsyncSession, zone_ids: Collection[str], since: datetime, until: datetime
) -> set[tuple[str, str, datetime]]:
    """Places and hours of which sensors knew enough."""
    row = OccupancyHourRow
    found = await session.execute(
        select(row.zone_id, row.kind, row.hour).where(
            row.zone_id.in_(zone_ids), row.hour >= since, row.hour < until, known_enough(row)
        )
    )
    return {(zone_id, kind, hour) for zone_id, kind, hour in found}


async def keep_hours(session: AsyncSession, hours: Sequence[PaidHour], since: datetime, until: datetime) -> None:
    """In place of what was counted of that time before."""
    row = PaidHourRow
    await session.execute(delete(row).where(row.hour >= since, row.hour < until))
    if not hours:
        return
    await session.execute(insert(row), [hour._asdict() for hour in hours])
    last: dict[Place, datetime] = {}
    for hour in hours:
        if hour.paid_s > 0:
            last[hour.zone_id, hour.kind] = max(hour.hour, last.get((hour.zone_id, hour.kind), hour.hour))
    if last:
        place = insert(PayingPlaceRow)
        newest = func.greatest(PayingPlaceRow.last_paid, place.excluded.last_paid)
        await session.execute(
            place.on_conflict_do_update(index_elements=_PLACE, set_={"last_paid": newest}),
            [{"zone_id": zone_id, "kind": kind, "last_paid": at} for (zone_id, kind), at in last.items()],
        )


async def forget_hours(session: AsyncSession, before: datetime) -> None:
    await session.execute(delete(PaidHourRow).where(PaidHourRow.hour < before))


async def counted_until(session: AsyncSession) -> datetime | None:
    """The end of the last hour that was looked at; None before the first."""
    found: datetime | None = await session.scalar(select(PaidPositionRow.counted_until))
    return found


async def move_to(session: AsyncSession, until: datetime) -> None:
    wanted = insert(PaidPositionRow).values(position_id=1, counted_until=until)
    await session.execute(
        wanted.on_conflict_do_update(
            index_elements=["position_id"], set_={"counted_until": wanted.excluded.counted_until}
        )
    )


async def hours_of(session: AsyncSession, places: Collection[Place], since: datetime) -> list[PaidHour]:
    row = PaidHourRow
    found = await session.execute(
        select(row.zone_id, row.kind, row.hour, row.spaces, row.paid_s)
        .where(tuple_(row.zone_id, row.kind).in_(places), row.hour >= since)
        .order_by(row.zone_id, row.kind, row.hour)
    )
    return [PaidHour(*one) for one in found]


async def hours_counted(session: AsyncSession, since: datetime) -> Mapping[tuple[str, str, datetime], PaidHour]:
    """Those in which a person has counted the place since then."""
    row, seen = PaidHourRow, SurveyCountRow
    is_counted = exists().where(
        seen.zone_id == row.zone_id,
        seen.kind == row.kind,
        func.date_trunc("hour", seen.counted_at, "UTC") == row.hour,
        seen.counted_at >= since,
        seen.withdrawn_at.is_(None),
    )
    found = await session.execute(
        select(row.zone_id, row.kind, row.hour, row.spaces, row.paid_s).where(row.hour >= since - HOUR, is_counted)
    )
    return {(one.zone_id, one.kind, one.hour): PaidHour(*one) for one in found}


async def keep_correction(session: AsyncSession, one: KeptCorrection) -> None:
    values = {name: getattr(one, name) for name in ("learnt_at", "hours", "days", *_LEARNT)}
    values |= {"places": msgspec.to_builtins(one.places)}
    values |= {name: list(getattr(one, name)) or None for name in ("coefficients", "errors")}
    await session.execute(insert(PaymentCorrectionRow).values(values))


async def correction(session: AsyncSession) -> KeptCorrection | None:
    """The newest; None where nobody ever counted."""
    row = await session.scalar(select(PaymentCorrectionRow).order_by(PaymentCorrectionRow.learnt_at.desc()).limit(1))
    if row is None:
        return None
    return KeptCorrection(
        learnt_at=row.learnt_at,
        hours=row.hours,
        days=row.days,
        places=msgspec.convert(row.places, tuple[CountedPlace, ...]),
        coefficients=tuple(row.coefficients or ()),
        errors=tuple(row.errors or ()),
        **{name: getattr(row, name) for name in _LEARNT},
    )


def _count(row: SurveyCountRow) -> SurveyCount:
    return SurveyCount(
        zone_id=row.zone_id, kind=row.kind, counted_at=row.counted_at, spaces=row.spaces, occupied=row.occupied
    )


def _kept(row: SurveyCountRow) -> KeptCount:
    return KeptCount(count_id=row.count_id, count=_count(row), told_by=row.told_by, told_at=row.told_at)
