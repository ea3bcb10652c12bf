"""Reads and writes versions of rate tables and where they are in force."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, cast

import msgspec
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.time_span import TimeSpan
from parking.places.tables import PriceDocumentRow
from pricing.rates.model import Posting, RateTable
from pricing.rates.tables import RateAssignmentRow, RateTableRow

State = Literal["draft", "in_review", "reviewed", "noticed", "approved", "published", "withdrawn"]

_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_LOCK_KEY = 0x52415445


@dataclass(frozen=True, kw_only=True)
class RateVersion:
    """One version as it is kept; `table.rate_table_id` and `table.version` name it."""

    table: RateTable
    state: State
    price_document_id: str | None
    zone_ids: tuple[str, ...] | None
    prepared_by: str
    prepared_at: datetime
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    noticed_on: date | None = None
    notice_reference: str | None = None
    """Where the public notice is found."""
    approved_by: str | None = None
    approved_at: datetime | None = None
    published_by: str | None = None
    published_at: datetime | None = None
    effective_from: datetime | None = None
    """As the public notice says."""

    @property
    def name(self) -> str:
        return f"{self.table.rate_table_id} {self.table.version}"


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
            body=msgspec.to_builtins(version.table, order="deterministic"),
            price_document_id=version.price_document_id,
            zone_ids=None if version.zone_ids is None else list(version.zone_ids),
            prepared_by=version.prepared_by,
            prepared_at=version.prepared_at,
        )
    )


async def move(session: AsyncSession, version: RateVersion) -> None:
    """Write down a step; what the version says is not touched."""
    await session.execute(
        update(RateTableRow)
        .where(
            RateTableRow.rate_table_id == version.table.rate_table_id,
            RateTableRow.version == version.table.version,
        )
        .values(
            state=version.state,
            reviewed_by=version.reviewed_by,
            reviewed_at=version.reviewed_at,
            noticed_on=version.noticed_on,
            notice_reference=version.notice_reference,
            approved_by=version.approved_by,
            approved_at=version.approved_at,
            published_by=version.published_by,
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


async def tables_named(session: AsyncSession, names: Collection[tuple[str, int]]) -> dict[tuple[str, int], RateTable]:
    """The tables of these ids and versions."""
    if not names:
        return {}
    wanted = text(
        "SELECT rate_table_id, version, body FROM rate_table WHERE (rate_table_id, version) IN"
        " (SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:versions AS bigint[])))"
    )
    ordered = sorted(names)
    rows = await session.execute(wanted, {"ids": [n for n, _ in ordered], "versions": [v for _, v in ordered]})
    return {(row.rate_table_id, row.version): table_of(row.body) for row in rows}


async def rate_at(session: AsyncSession, zone_id: str, kind: str, instant: datetime) -> RateInForce | None:
    """What is published for the zone as a whole; places whose sign still waits may have an older one."""
    found = await session.execute(
        _joined(RateTableRow.body, PriceDocumentRow.valid_from, PriceDocumentRow.valid_to).where(
            RateAssignmentRow.zone_id == zone_id,
            RateAssignmentRow.kind == kind,
            RateAssignmentRow.valid.contains(instant),
        )
    )
    row = found.one_or_none()
    return None if row is None else RateInForce(table_of(row.body), TimeSpan(row.valid_from, row.valid_to))


async def postings_after(session: AsyncSession, instant: datetime) -> list[Posting]:
    """What is in force at the instant or comes later, in order of zone, kind and beginning; tables are shared.

    Places whose sign still waits are told by `pricing.rates.signs.exceptions`.
    """
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
        .where(RateAssignmentRow.valid.overlaps(Range(instant, None)))
        .order_by(RateAssignmentRow.zone_id, RateAssignmentRow.kind, RateAssignmentRow.valid)
    )
    tables: dict[tuple[str, int], RateTable] = {}
    found = []
    for row in rows:
        name = (row.rate_table_id, row.version)
        if name not in tables:
            tables[name] = table_of(row.body)
        found.append(
            Posting(
                zone_id=row.zone_id,
                kind=row.kind,
                start=row.valid.lower,
                end=row.valid.upper,
                table=tables[name],
                document=row.number,
            )
        )
    return found


def table_of(body: dict[str, Any]) -> RateTable:
    return msgspec.convert(body, RateTable)


def _joined(*columns: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's selects are typed by their columns
    return (
        select(*columns)
        .select_from(RateAssignmentRow)
        .join(
            RateTableRow,
            (RateTableRow.rate_table_id == RateAssignmentRow.rate_table_id)
            & (RateTableRow.version == RateAssignmentRow.version),
        )
        .join(PriceDocumentRow, PriceDocumentRow.price_document_id == RateTableRow.price_document_id)
        .where(RateAssignmentRow.cancelled_at.is_(None))
    )


def _version(row: RateTableRow) -> RateVersion:
    return RateVersion(
        table=table_of(row.body),
        state=cast("State", row.state),
        price_document_id=row.price_document_id,
        zone_ids=None if row.zone_ids is None else tuple(row.zone_ids),
        prepared_by=row.prepared_by,
        prepared_at=row.prepared_at,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
        noticed_on=row.noticed_on,
        notice_reference=row.notice_reference,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        published_by=row.published_by,
        published_at=row.published_at,
        effective_from=row.effective_from,
    )
