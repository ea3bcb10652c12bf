"""What the occupancy engine must know of the zones."""

from collections.abc import Collection

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.places.model import ZoneDefinition
from parking.places.tables import ZoneRow

# One statement, so that the revision and the spaces are of one moment.
_DEFINITIONS = text("""
    SELECT z.zone_id, z.district_id, z.revision, z.modified_at, s.space_ids, s.in_service
    FROM zone z
    LEFT JOIN (
        SELECT zone_id, array_agg(space_id ORDER BY space_id) AS space_ids,
               array_agg(in_service ORDER BY space_id) AS in_service
        FROM space
        WHERE removed_at IS NULL AND (:everything OR zone_id = ANY(CAST(:zone_ids AS text[])))
        GROUP BY zone_id
    ) s ON s.zone_id = z.zone_id
    WHERE z.removed_at IS NULL AND (:everything OR z.zone_id = ANY(CAST(:zone_ids AS text[])))
    ORDER BY z.zone_id
""")


async def zone_revisions(session: AsyncSession, zone_ids: Collection[str] | None = None) -> dict[str, int]:
    """The zones in use, all or those named, in order, and at which revision each is."""
    query = select(ZoneRow.zone_id, ZoneRow.revision).where(ZoneRow.removed_at.is_(None)).order_by(ZoneRow.zone_id)
    if zone_ids is not None:
        query = query.where(ZoneRow.zone_id.in_(list(zone_ids)))
    return {row.zone_id: row.revision for row in await session.execute(query)}


async def zone_definitions(session: AsyncSession, zone_ids: Collection[str] | None = None) -> list[ZoneDefinition]:
    """The zones in use, all or those named, in order of id; a zone that was removed or never was is not listed.

    A zone without spaces is listed with none.
    """
    rows = await session.execute(
        _DEFINITIONS, {"everything": zone_ids is None, "zone_ids": None if zone_ids is None else list(zone_ids)}
    )
    return [
        ZoneDefinition(
            zone_id=row.zone_id,
            district_id=row.district_id,
            revision=row.revision,
            spaces=tuple(zip(row.space_ids or (), row.in_service or (), strict=True)),
            changed_at=row.modified_at,
        )
        for row in rows
    ]
