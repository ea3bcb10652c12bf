"""Reads what a stay is charged by, and keeps fees and used quota."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import insert, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.time_span import TimeSpan
from parking.places.model import AreaClass, PlaceKind
from pricing.quotes.tables import FeeRow, QuotaUseRow

_PLACE = """
    SELECT sp.space_id, z.zone_id, sp.kind, z.area_class, sp.approval_from, sp.approval_to,
           d.price_document_id, d.valid_from AS document_from, d.valid_to AS document_to,
           c.valid_from AS operator_from, c.valid_to AS operator_to,
           EXISTS (SELECT FROM device_binding b WHERE b.space_id = sp.space_id AND b.valid @> CAST(:at AS timestamptz))
               AS has_device
    FROM space sp
    JOIN zone z ON z.zone_id = sp.zone_id
    LEFT JOIN price_document d ON d.price_document_id = z.price_document_id
    LEFT JOIN LATERAL (
        SELECT valid_from, valid_to FROM concession JOIN concession_zone USING (concession_id)
        WHERE concession_zone.zone_id = z.zone_id AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
        ORDER BY valid_to DESC NULLS FIRST LIMIT 1
    ) c ON true
"""
_BY_SPACE = text(_PLACE + " WHERE sp.space_id = :space_id")
_IN_ZONE = text(
    _PLACE
    + """
    WHERE z.zone_id = :zone_id AND z.removed_at IS NULL AND sp.removed_at IS NULL AND sp.approval_from <= :at
      AND (sp.approval_to IS NULL OR sp.approval_to > :at)
    ORDER BY array_position(ARRAY['kerb', 'lot', 'garage'], sp.kind), sp.space_id LIMIT 1
    """
)
_LOCK_VEHICLE = text("SELECT pg_advisory_xact_lock(:space, hashtext(:plate_token))")
_LOCK_SPACE = 0x0D0A


@dataclass(frozen=True, kw_only=True)
class ChargedPlace:
    """A space as the gate and the calculator see it at one instant."""

    space_id: str
    zone_id: str
    kind: PlaceKind
    area_class: AreaClass
    approval: TimeSpan | None
    document: TimeSpan | None
    operator: TimeSpan | None
    has_device: bool
    """Whether a registered device watches the space at the instant."""


async def place_of_space(session: AsyncSession, space_id: str, at: datetime) -> ChargedPlace | None:
    """The space, also one that has left the inventory: a stay there still ends."""
    return _place((await session.execute(_BY_SPACE, {"space_id": space_id, "at": at})).one_or_none())


async def place_in_zone(session: AsyncSession, zone_id: str, at: datetime) -> ChargedPlace | None:
    """An approved space of the zone that stands for the others, at the kerb where there is one."""
    return _place((await session.execute(_IN_ZONE, {"zone_id": zone_id, "at": at})).one_or_none())


async def usage_of(session: AsyncSession, plate_token: str, *, lock: bool) -> Mapping[date, int]:
    """Free seconds used, by local day; with `lock` nobody else changes them until the transaction ends."""
    if lock:
        await session.execute(_LOCK_VEHICLE, {"space": _LOCK_SPACE, "plate_token": plate_token})
    found = await session.execute(
        select(QuotaUseRow.day, QuotaUseRow.used_s).where(QuotaUseRow.plate_token == plate_token)
    )
    return {row.day: row.used_s for row in found}


async def keep_usage(session: AsyncSession, plate_token: str, used: Mapping[date, int]) -> None:
    rows = [{"plate_token": plate_token, "day": day, "used_s": used_s} for day, used_s in used.items()]
    if not rows:
        return
    statement = postgresql.insert(QuotaUseRow)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["plate_token", "day"], set_={"used_s": statement.excluded.used_s}
        ),
        rows,
    )


async def fee_row(session: AsyncSession, session_id: str) -> FeeRow | None:
    return cast("FeeRow | None", await session.scalar(select(FeeRow).where(FeeRow.session_id == session_id)))


async def insert_fee(session: AsyncSession, **columns: Any) -> None:  # noqa: ANN401 - columns of the table
    await session.execute(insert(FeeRow).values(**columns))


def _place(row: Any) -> ChargedPlace | None:  # noqa: ANN401 - rows have the attributes of their columns
    if row is None:
        return None
    return ChargedPlace(
        space_id=row.space_id,
        zone_id=row.zone_id,
        kind=row.kind,
        area_class=row.area_class,
        approval=_span(row.approval_from, row.approval_to),
        document=_span(row.document_from, row.document_to),
        operator=_span(row.operator_from, row.operator_to),
        has_device=row.has_device,
    )


def _span(start: datetime | None, end: datetime | None) -> TimeSpan | None:
    return None if start is None else TimeSpan(start, end)
