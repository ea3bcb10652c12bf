"""Reads and writes whole features, for import and export."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.places.feature_kinds import BY_CLASS, FEATURE_KINDS
from parking.places.import_plan import Known
from parking.places.model import Concession, District, Facility, Feature, Operator, PriceDocument, Segment, Space, Zone
from parking.places.repository import rows
from parking.places.repository.catalogue_query import concessions
from parking.places.tables import (
    ConcessionRow,
    ConcessionZoneRow,
    DistrictRow,
    FacilityRow,
    OperatorRow,
    PriceDocumentRow,
    SegmentRow,
    SpaceRow,
    ZoneRow,
)


class _Storage(NamedTuple):
    table: Any
    read: Callable[[Any], Feature] | None
    fields: Callable[[Any, datetime], rows.Fields]


_STORAGE: Final[Mapping[type, _Storage]] = {
    District: _Storage(DistrictRow, rows.district, rows.district_fields),
    Operator: _Storage(OperatorRow, rows.operator, rows.operator_fields),
    PriceDocument: _Storage(PriceDocumentRow, rows.price_document, rows.price_document_fields),
    Zone: _Storage(ZoneRow, rows.zone, rows.zone_fields),
    Segment: _Storage(SegmentRow, rows.segment, rows.segment_fields),
    Facility: _Storage(FacilityRow, rows.facility, rows.facility_fields),
    Space: _Storage(SpaceRow, rows.space, rows.space_fields),
    # A concession is spread over two tables, so reading it is a query of its own.
    Concession: _Storage(ConcessionRow, None, rows.concession_fields),
}

_ids = bindparam("ids", type_=ARRAY(TEXT))


async def known_features(session: AsyncSession, space_ids: Collection[str]) -> Known:
    """Everything in use, but of the spaces only those named: a city has a thousand of the rest and a million spaces."""
    known: Known = {kind.cls: {} for kind in FEATURE_KINDS}
    for cls, storage in _STORAGE.items():
        if storage.read is None:
            known[cls] = {value.concession_id: value for value in await concessions(session)}
            continue
        columns = storage.table.__table__.c
        query = select(*columns)
        if "removed_at" in columns:
            query = query.where(columns.removed_at.is_(None))
        if cls is Space:
            query = query.where(columns.space_id == _ids.any_())
            found = await session.execute(query, {"ids": list(space_ids)})
        else:
            found = await session.execute(query)
        known[cls] = {row[0]: storage.read(row) for row in found}
    return known


async def write_features(session: AsyncSession, features: Sequence[Feature], at: datetime) -> None:
    """Insert or replace features of one class; one that had been removed comes back."""
    storage = _STORAGE[type(features[0])]
    table: Table = storage.table.__table__
    values = [storage.fields(feature, at) for feature in features]
    statement = upsert(table)
    key = BY_CLASS[type(features[0])].id_field
    statement = statement.on_conflict_do_update(
        index_elements=[key], set_={name: statement.excluded[name] for name in values[0] if name != key}
    )
    await session.execute(statement, values)
    if isinstance(features[0], Concession):
        await _write_concession_zones(session, [feature for feature in features if isinstance(feature, Concession)])


async def _write_concession_zones(session: AsyncSession, changed: Sequence[Concession]) -> None:
    table = ConcessionZoneRow.__table__
    await session.execute(
        delete(ConcessionZoneRow).where(ConcessionZoneRow.concession_id == _ids.any_()),
        {"ids": [concession.concession_id for concession in changed]},
    )
    pairs = [
        {"concession_id": concession.concession_id, "zone_id": zone_id}
        for concession in changed
        for zone_id in concession.zone_ids
    ]
    if pairs:
        await session.execute(insert(table), pairs)  # type: ignore[arg-type] # __table__ is a Table


_EXPORT_ORDER: Final = tuple(kind.cls for kind in FEATURE_KINDS)


async def features_in_use(session: AsyncSession) -> AsyncIterator[Feature]:
    """Every feature in use, what is referred to first, each kind in order of id; one at a time, whatever the size."""
    for cls in _EXPORT_ORDER:
        storage = _STORAGE[cls]
        if storage.read is None:
            for concession in await concessions(session):
                if concession.zone_ids:
                    yield concession
            continue
        table = storage.table
        query = select(*table.__table__.c).order_by(table.__table__.c[0])
        if cls in (Segment, Facility, Space):
            query = query.join(ZoneRow, ZoneRow.zone_id == table.zone_id)
        if cls in (Zone, Segment, Facility, Space):
            query = query.where(ZoneRow.removed_at.is_(None))
        if cls is Space:
            query = query.where(SpaceRow.removed_at.is_(None))
        async for row in await session.stream(query):
            yield storage.read(row)
