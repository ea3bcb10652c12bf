"""All SQL of the retrofit."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.places.tables import DistrictRow
from parking.retrofit.model import PlannedWeek
from parking.retrofit.tables import RetrofitPlanRow

_BEGIN: Final = text(
    """
    INSERT INTO retrofit_span (space_id, valid, device_id)
    SELECT space_id, tstzrange(since, NULL), device_id
    FROM unnest(CAST(:spaces AS text[]), CAST(:devices AS text[]), CAST(:since AS timestamptz[])) AS t (space_id, device_id, since)
    ON CONFLICT DO NOTHING
    RETURNING space_id
    """
)
# A span that ends in the moment it began never was.
_DROP: Final = text(
    "DELETE FROM retrofit_span WHERE space_id = ANY(CAST(:spaces AS text[])) AND upper_inf(valid) AND lower(valid) >= :at"
    " RETURNING space_id, device_id"
)
_END: Final = text(
    "UPDATE retrofit_span SET valid = tstzrange(lower(valid), :at)"
    " WHERE space_id = ANY(CAST(:spaces AS text[])) AND upper_inf(valid) AND lower(valid) < :at"
    " RETURNING space_id, device_id"
)
_COUNTS: Final = text(
    """
    SELECT z.district_id, count(*) AS spaces, count(r.space_id) AS retrofitted
    FROM space s JOIN zone z ON z.zone_id = s.zone_id
    LEFT JOIN retrofit_span r ON r.space_id = s.space_id AND r.valid @> CAST(:at AS timestamptz)
    WHERE s.in_service AND s.removed_at IS NULL
      AND (CAST(:districts AS text[]) IS NULL OR z.district_id = ANY(CAST(:districts AS text[])))
      AND (CAST(:concession AS text) IS NULL OR EXISTS (
        SELECT FROM concession_zone c WHERE c.zone_id = s.zone_id AND c.concession_id = CAST(:concession AS text)
      ))
    GROUP BY z.district_id
    """
)
_AT_ENDS: Final = text(
    """
    SELECT z.district_id, e.at, count(*)
    FROM unnest(CAST(:ends AS timestamptz[])) AS e (at)
    JOIN retrofit_span r ON r.valid @> e.at
    JOIN space s ON s.space_id = r.space_id JOIN zone z ON z.zone_id = s.zone_id
    WHERE :everywhere OR z.district_id = :district_id
    GROUP BY z.district_id, e.at
    """
)
_FIRST: Final = text("SELECT min(lower(valid)) FROM retrofit_span")


class Begun(NamedTuple):
    """A space becomes retrofitted by this device."""

    space_id: str
    device_id: str
    since: datetime


async def set_plan(session: AsyncSession, plan: Sequence[PlannedWeek], *, by: str, at: datetime) -> None:
    """Write these weeks; those that are not named stay."""
    rows = [
        {"district_id": one.district_id, "week": one.week, "spaces": one.spaces, "set_by": by, "set_at": at}
        for one in plan
    ]
    statement = insert(RetrofitPlanRow).values(rows)
    changed = {name: statement.excluded[name] for name in ("spaces", "set_by", "set_at")}
    keys = [RetrofitPlanRow.district_id, RetrofitPlanRow.week]
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


async def plan(session: AsyncSession, district_id: str | None) -> list[PlannedWeek]:
    """In order of district and week; None is the whole city."""
    query = select(RetrofitPlanRow).order_by(RetrofitPlanRow.district_id, RetrofitPlanRow.week)
    if district_id is not None:
        query = query.where(RetrofitPlanRow.district_id == district_id)
    rows = await session.scalars(query)
    return [PlannedWeek(district_id=row.district_id, week=row.week, spaces=row.spaces) for row in rows]


async def districts(session: AsyncSession, district_id: str | None = None) -> list[DistrictRow]:
    query = select(DistrictRow).order_by(DistrictRow.district_id)
    if district_id is not None:
        query = query.where(DistrictRow.district_id == district_id)
    return list(await session.scalars(query))


async def begin(session: AsyncSession, begun: Sequence[Begun]) -> set[str]:
    """Open a span for each; answers the spaces that had none open."""
    rows = await session.scalars(
        _BEGIN,
        {
            "spaces": [one.space_id for one in begun],
            "devices": [one.device_id for one in begun],
            "since": [one.since for one in begun],
        },
    )
    return set(rows)


async def end(session: AsyncSession, space_ids: Collection[str], at: datetime) -> dict[str, str]:
    """End the open spans of these spaces; answers the device with which each had begun."""
    values = {"spaces": list(space_ids), "at": at}
    ended: dict[str, str] = {}
    for statement in (_DROP, _END):
        ended |= {row.space_id: row.device_id for row in await session.execute(statement, values)}
    return ended


async def counts(
    session: AsyncSession, at: datetime, district_ids: Collection[str] | None = None
) -> dict[str, tuple[int, int]]:
    """Spaces in service, and those of them that were retrofitted at an instant, by district."""
    return await _counted(session, at, None if district_ids is None else list(district_ids), None)


async def of_concession(session: AsyncSession, concession_id: str, at: datetime) -> tuple[int, int]:
    """As `counts`, of the zones of one concession."""
    found = (await _counted(session, at, None, concession_id)).values()
    return sum(spaces for spaces, _ in found), sum(retrofitted for _, retrofitted in found)


async def at_ends(
    session: AsyncSession, ends: Sequence[datetime], district_id: str | None
) -> dict[tuple[str, datetime], int]:
    """How many spaces were retrofitted at each of these instants, by district; what is not named had none."""
    values = {"ends": list(ends), "everywhere": district_id is None, "district_id": district_id}
    return {(district, at): int(number) for district, at, number in await session.execute(_AT_ENDS, values)}


async def first_begin(session: AsyncSession) -> datetime | None:
    found: datetime | None = await session.scalar(_FIRST)
    return found


async def district_of_spaces(session: AsyncSession, space_ids: Collection[str]) -> dict[str, str]:
    query = text(
        "SELECT s.space_id, z.district_id FROM space s JOIN zone z ON z.zone_id = s.zone_id"
        " WHERE s.space_id = ANY(CAST(:spaces AS text[]))"
    )
    rows = await session.execute(query, {"spaces": list(space_ids)})
    return {row.space_id: row.district_id for row in rows}


async def _counted(
    session: AsyncSession, at: datetime, districts: list[str] | None, concession: str | None
) -> dict[str, tuple[int, int]]:
    rows = await session.execute(_COUNTS, {"at": at, "districts": districts, "concession": concession})
    return {row.district_id: (int(row.spaces), int(row.retrofitted)) for row in rows}
