"""Loads the whole inventory for processes that keep it in memory: a hundred thousand spaces within two seconds."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.geo import centroid
from parking.domain.ids import SpaceId, ZoneId
from parking.places.catalogue import Catalogue, ListedSpace, ListedZone, Tombstone
from parking.places.model import Concession
from parking.places.repository import rows
from parking.places.tables import (
    ConcessionRow,
    ConcessionZoneRow,
    DistrictRow,
    FacilityRow,
    OperatorRow,
    PriceDocumentRow,
    SegmentRow,
    ZoneRow,
)

_SPACES = text("""
    SELECT s.space_id, s.zone_id, s.segment_id, s.facility_id, s.kind, s.use, s.in_service, s.modified_at,
           CAST(s.geometry AS text) AS geometry
    FROM space s JOIN zone z ON z.zone_id = s.zone_id
    WHERE s.removed_at IS NULL AND z.removed_at IS NULL
    ORDER BY s.space_id
""")

_TOMBSTONES = text("""
    SELECT 'zone' AS feature, zone_id AS place_id, zone_id, removed_at FROM zone WHERE removed_at IS NOT NULL
    UNION ALL
    SELECT 'space', space_id, zone_id, removed_at FROM space WHERE removed_at IS NOT NULL
    ORDER BY removed_at, place_id
""")

_CHUNK: Final = 2_000
"""Spaces between two chances for the rest of the process to run: about 20 ms."""


async def load_catalogue(session: AsyncSession) -> Catalogue:
    """Everything of one moment. Must be the first statement of its transaction, which it makes a snapshot."""
    await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    found = await session.stream(_SPACES, execution_options={"yield_per": _CHUNK})
    spaces = {SpaceId(row.space_id): _listed_space(row) async for chunk in found.partitions() for row in chunk}
    return Catalogue(
        districts={row.district_id: rows.district(row) for row in await _table(session, DistrictRow)},
        zones=await _zones(session, spaces.values()),
        segments={row.segment_id: rows.segment(row) for row in await _in_zones(session, SegmentRow)},
        facilities={row.facility_id: rows.facility(row) for row in await _in_zones(session, FacilityRow)},
        spaces=spaces,
        operators={row.operator_id: rows.operator(row) for row in await _table(session, OperatorRow)},
        concessions={value.concession_id: value for value in await concessions(session)},
        price_documents={
            row.price_document_id: rows.price_document(row) for row in await _table(session, PriceDocumentRow)
        },
        tombstones=tuple(
            Tombstone(feature=row.feature, place_id=row.place_id, zone_id=row.zone_id, removed_at=row.removed_at)
            for row in await session.execute(_TOMBSTONES)
        ),
    )


def _listed_space(row: Any) -> ListedSpace:  # noqa: ANN401 - rows have the attributes of their columns
    longitude, latitude = centroid(msgspec.json.decode(row.geometry))
    return ListedSpace(
        space_id=row.space_id,
        zone_id=row.zone_id,
        segment_id=row.segment_id,
        facility_id=row.facility_id,
        kind=row.kind,
        use=row.use,
        in_service=row.in_service,
        geometry_json=row.geometry,
        longitude=longitude,
        latitude=latitude,
        modified_at=row.modified_at,
    )


async def _zones(session: AsyncSession, spaces: Iterable[ListedSpace]) -> dict[ZoneId, ListedZone]:
    inside: dict[str, list[SpaceId]] = defaultdict(list)
    for space in spaces:
        inside[space.zone_id].append(space.space_id)
    return {
        row.zone_id: ListedZone(
            zone=rows.zone(row),
            revision=row.revision,
            modified_at=row.modified_at,
            space_ids=tuple(inside[row.zone_id]),
        )
        for row in await session.execute(
            select(*ZoneRow.__table__.c).where(ZoneRow.removed_at.is_(None)).order_by(ZoneRow.zone_id)
        )
    }


async def concessions(session: AsyncSession) -> list[Concession]:
    """In order of id, each with its zones in use."""
    zones: dict[str, list[str]] = defaultdict(list)
    pairs = select(ConcessionZoneRow.concession_id, ConcessionZoneRow.zone_id).join(
        ZoneRow, ZoneRow.zone_id == ConcessionZoneRow.zone_id
    )
    for concession_id, zone_id in await session.execute(pairs.where(ZoneRow.removed_at.is_(None))):
        zones[concession_id].append(zone_id)
    return [rows.concession(row, zones[row.concession_id]) for row in await _table(session, ConcessionRow)]


async def _table(session: AsyncSession, table: Any) -> Iterable[Any]:  # noqa: ANN401 - any mapped class
    """Plain rows in order of the key, which is the first column of each of these tables."""
    columns = list(table.__table__.c)
    return await session.execute(select(*columns).order_by(columns[0]))


async def _in_zones(session: AsyncSession, table: Any) -> Iterable[Any]:  # noqa: ANN401 - as above
    columns = list(table.__table__.c)
    return await session.execute(
        select(*columns)
        .join(ZoneRow, ZoneRow.zone_id == table.zone_id)
        .where(ZoneRow.removed_at.is_(None))
        .order_by(columns[0])
    )
