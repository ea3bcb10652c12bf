"""Reads and writes versions of rate tables and where they are in force."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.time_span import TimeSpan
from parking.places.tables import PriceDocumentRow
from pricing.rates.model import Posting, RateTable
from pricing.rates.tables import RateAssignmentRow, RateTableRow

_END_PRESENT = text("""
    UPDATE rate_assignment SET valid = tstzrange(lower(valid), :at)
    WHERE (zone_id, kind) IN (SELECT * FROM unnest(CAST(:zones AS text[]), CAST(:kinds AS text[])))
      AND upper_inf(valid) AND lower(valid) < :at
""")
_PLANNED = text("""
    SELECT zone_id FROM rate_assignment
    WHERE (zone_id, kind) IN (SELECT * FROM unnest(CAST(:zones AS text[]), CAST(:kinds AS text[])))
      AND lower(valid) >= :at
    ORDER BY zone_id
""")
_PLACES = text("""
    SELECT DISTINCT z.zone_id, s.kind, z.area_class FROM zone z JOIN space s ON s.zone_id = z.zone_id
    WHERE z.removed_at IS NULL AND s.removed_at IS NULL
      AND (:everything OR z.zone_id = ANY(CAST(:zone_ids AS text[])))
    ORDER BY z.zone_id, s.kind
""")
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_LOCK_KEY = 0x52415445


@dataclass(frozen=True, kw_only=True)
class RateVersion:
    """One version as it is kept; `table.rate_table_id` and `table.version` name it."""

    table: RateTable
    state: Literal["draft", "published"]
    price_document_id: str | None
    zone_ids: tuple[str, ...] | None
    prepared_by: str
    prepared_at: datetime
    approved_by: str | None
    published_at: datetime | None
    effective_from: datetime | None


class RateInForce(NamedTuple):
    """A published table, and how long the document by which it may be charged holds."""

    table: RateTable
    document: TimeSpan


async def lock_rates(session: AsyncSession) -> None:
    """One writer of rate tables at a time; the lock ends with the transaction."""
    await session.execute(_LOCK, {"key": _LOCK_KEY})


async def next_version(session: AsyncSession, rate_table_id: str) -> int:
    found = await session.scalar(
        select(func.max(RateTableRow.version)).where(RateTableRow.rate_table_id == rate_table_id)
    )
    return 1 if found is None else found + 1


async def insert_draft(session: AsyncSession, version: RateVersion) -> None:
    await session.execute(
        insert(RateTableRow).values(
            rate_table_id=version.table.rate_table_id,
            version=version.table.version,
            state=version.state,
            body=msgspec.to_builtins(version.table),
            price_document_id=version.price_document_id,
            zone_ids=None if version.zone_ids is None else list(version.zone_ids),
            prepared_by=version.prepared_by,
            prepared_at=version.prepared_at,
        )
    )


async def mark_published(session: AsyncSession, version: RateVersion) -> None:
    await session.execute(
        update(RateTableRow)
        .where(
            RateTableRow.rate_table_id == version.table.rate_table_id,
            RateTableRow.version == version.table.version,
        )
        .values(
            state="published",
            approved_by=version.approved_by,
            published_at=version.published_at,
            effective_from=version.effective_from,
        )
    )


async def version_row(session: AsyncSession, rate_table_id: str, version: int) -> RateVersion | None:
    row = await session.get(RateTableRow, (rate_table_id, version), populate_existing=True)
    return None if row is None else _version(row)


async def versions(session: AsyncSession) -> list[RateVersion]:
    """Every version, in order of id and version."""
    rows = await session.scalars(select(RateTableRow).order_by(RateTableRow.rate_table_id, RateTableRow.version))
    return [_version(row) for row in rows]


async def places_of(session: AsyncSession, zone_ids: Collection[str] | None) -> list[tuple[str, str, str]]:
    """`(zone id, kind, area class)` of the zones in use, all or those named, for each kind of space standing there."""
    found = await session.execute(
        _PLACES, {"everything": zone_ids is None, "zone_ids": None if zone_ids is None else list(zone_ids)}
    )
    return [(row.zone_id, row.kind, row.area_class) for row in found]


async def planned_from(session: AsyncSession, places: Collection[tuple[str, str]], at: datetime) -> list[str]:
    """Zones among the places for which a version already begins at `at` or later."""
    return list(await session.scalars(_PLANNED, {**_pairs(places), "at": at}))


async def assign(session: AsyncSession, places: Collection[tuple[str, str]], table: RateTable, at: datetime) -> None:
    """End what is in force in the places at `at` and let the table begin there."""
    await session.execute(_END_PRESENT, {**_pairs(places), "at": at})
    rows = [
        {
            "zone_id": zone_id,
            "kind": kind,
            "valid": Range(at, None),
            "rate_table_id": table.rate_table_id,
            "version": table.version,
        }
        for zone_id, kind in places
    ]
    await session.execute(insert(RateAssignmentRow), rows)


async def rate_at(session: AsyncSession, zone_id: str, kind: str, instant: datetime) -> RateInForce | None:
    found = await session.execute(
        _joined(RateTableRow.body, PriceDocumentRow.valid_from, PriceDocumentRow.valid_to)
        .join(PriceDocumentRow, PriceDocumentRow.price_document_id == RateTableRow.price_document_id)
        .where(
            RateAssignmentRow.zone_id == zone_id,
            RateAssignmentRow.kind == kind,
            RateAssignmentRow.valid.contains(instant),
        )
    )
    row = found.one_or_none()
    return None if row is None else RateInForce(_table(row.body), TimeSpan(row.valid_from, row.valid_to))


async def postings_after(session: AsyncSession, instant: datetime) -> list[Posting]:
    """What is in force at the instant or comes later, in order of zone, kind and beginning; tables are shared."""
    rows = await session.execute(
        _joined(
            RateAssignmentRow.zone_id,
            RateAssignmentRow.kind,
            RateAssignmentRow.valid,
            RateAssignmentRow.rate_table_id,
            RateAssignmentRow.version,
            RateTableRow.body,
            PriceDocumentRow.number,
        )
        .join(PriceDocumentRow, PriceDocumentRow.price_document_id == RateTableRow.price_document_id)
        .where(RateAssignmentRow.valid.overlaps(Range(instant, None)))
        .order_by(RateAssignmentRow.zone_id, RateAssignmentRow.kind, RateAssignmentRow.valid)
    )
    tables: dict[tuple[str, int], RateTable] = {}
    found = []
    for row in rows:
        table = tables.setdefault((row.rate_table_id, row.version), _table(row.body))
        found.append(
            Posting(
                zone_id=row.zone_id,
                kind=row.kind,
                start=row.valid.lower,
                end=row.valid.upper,
                table=table,
                document=row.number,
            )
        )
    return found


def _joined(*columns: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's selects are typed by their columns
    return (
        select(*columns)
        .select_from(RateAssignmentRow)
        .join(
            RateTableRow,
            (RateTableRow.rate_table_id == RateAssignmentRow.rate_table_id)
            & (RateTableRow.version == RateAssignmentRow.version),
        )
    )


def _pairs(places: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    return {"zones": [zone_id for zone_id, _ in places], "kinds": [kind for _, kind in places]}


def _table(body: dict[str, Any]) -> RateTable:
    return msgspec.convert(body, RateTable)


def _version(row: RateTableRow) -> RateVersion:
    return RateVersion(
        table=_table(row.body),
        state="published" if row.state == "published" else "draft",
        price_document_id=row.price_document_id,
        zone_ids=None if row.zone_ids is None else tuple(row.zone_ids),
        prepared_by=row.prepared_by,
        prepared_at=row.prepared_at,
        approved_by=row.approved_by,
        published_at=row.published_at,
        effective_from=row.effective_from,
    )
