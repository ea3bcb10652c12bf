"""Reads what a stay is charged by, and keeps fees and used free time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import delete, insert, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.time_span import TimeSpan
from parking.places.model import AreaClass, PlaceKind, SpaceUse
from pricing.fees.model import Usage
from pricing.quotes.tables import FeeRow, VehicleUsageRow

_PLACE = """
    SELECT sp.space_id, z.zone_id, sp.segment_id, sp.facility_id, sp.kind, sp.use, z.area_class, sp.approval_from, sp.approval_to,
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
      AND (CAST(:kind AS text) IS NULL OR sp.kind = :kind) AND (CAST(:use AS text) IS NULL OR sp.use = :use)
    ORDER BY array_position(ARRAY['kerb', 'lot', 'garage'], sp.kind),
             array_position(ARRAY['ordinary', 'accessible', 'charging', 'loading'], sp.use), sp.space_id
    LIMIT 1
    """
)
_LOCK_VEHICLE = text("SELECT pg_advisory_xact_lock(:space, hashtext(:plate_token))")
_LOCK_SPACE = 0x0D0A


@dataclass(frozen=True, kw_only=True)
class ChargedPlace:
    """A space as the gate and the calculator see it at one instant."""

    space_id: str
    zone_id: str
    segment_id: str | None
    facility_id: str | None
    kind: PlaceKind
    use: SpaceUse
    area_class: AreaClass
    approval: TimeSpan | None
    document: TimeSpan | None
    operator: TimeSpan | None
    has_device: bool
    """Whether a registered device watches the space at the instant."""

    @property
    def place_id(self) -> str:
        """Where quotas that count by place count a stay: the facility, or the zone at the kerb."""
        return self.facility_id or self.zone_id

    @property
    def sign_place_id(self) -> str | None:
        """Where the sign with the prices stands: the segment at the kerb, else the facility."""
        return self.segment_id or self.facility_id


async def place_of_space(session: AsyncSession, space_id: str, at: datetime) -> ChargedPlace | None:
    """The space, also one that has left the inventory: a stay there still ends."""
    return _place((await session.execute(_BY_SPACE, {"space_id": space_id, "at": at})).one_or_none())


async def place_in_zone(
    session: AsyncSession, zone_id: str, at: datetime, *, kind: str | None = None, use: str | None = None
) -> ChargedPlace | None:
    """An approved space of the zone that stands for the others of its kind and use: an ordinary one at the kerb first."""
    parameters = {"zone_id": zone_id, "at": at, "kind": kind, "use": use}
    return _place((await session.execute(_IN_ZONE, parameters)).one_or_none())


async def usage_of(session: AsyncSession, plate_tokens: Sequence[str], *, lock: bool) -> Usage:
    """What a vehicle has used; with `lock` nobody else changes it until the transaction ends.

    A vehicle has several tokens while the key of plates is being changed; what they have used counts together.
    """
    if lock:
        for plate_token in sorted(plate_tokens):
            await session.execute(_LOCK_VEHICLE, {"space": _LOCK_SPACE, "plate_token": plate_token})
    row = VehicleUsageRow
    found = await session.execute(
        select(row.usage_key, row.granted, row.entries).where(row.plate_token.in_(plate_tokens))
    )
    granted: dict[str, list[tuple[datetime, datetime]]] = {}
    entries: dict[str, list[datetime]] = {}
    for key, spans, instants in found:
        granted.setdefault(key, []).extend((span.lower, span.upper) for span in spans if span.lower and span.upper)
        entries.setdefault(key, []).extend(instants)
    return Usage(
        granted={key: _united(spans) for key, spans in granted.items() if spans},
        entries={key: tuple(sorted(instants)) for key, instants in entries.items() if instants},
    )


async def keep_usage(session: AsyncSession, plate_token: str, usage: Usage, kept_until: Mapping[str, datetime]) -> None:
    """Write down what the vehicle has used now, of the keys of `kept_until` alone."""
    rows = [
        {
            "plate_token": plate_token,
            "usage_key": key,
            "granted": [Range(start, end) for start, end in usage.granted.get(key, ())],
            "entries": list(usage.entries.get(key, ())),
            "kept_until": until,
        }
        for key, until in kept_until.items()
    ]
    if not rows:
        return
    statement = postgresql.insert(VehicleUsageRow)
    members = {name: getattr(statement.excluded, name) for name in ("granted", "entries", "kept_until")}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["plate_token", "usage_key"], set_=members), rows
    )


async def forget_usage(session: AsyncSession, now: datetime) -> None:
    """Delete what no window needs any more."""
    await session.execute(delete(VehicleUsageRow).where(VehicleUsageRow.kept_until <= now))


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
        segment_id=row.segment_id,
        facility_id=row.facility_id,
        kind=row.kind,
        use=row.use,
        area_class=row.area_class,
        approval=_span(row.approval_from, row.approval_to),
        document=_span(row.document_from, row.document_to),
        operator=_span(row.operator_from, row.operator_to),
        has_device=row.has_device,
    )


def _span(start: datetime | None, end: datetime | None) -> TimeSpan | None:
    return None if start is None else TimeSpan(start, end)


def _united(spans: Sequence[tuple[datetime, datetime]]) -> tuple[tuple[datetime, datetime], ...]:
    united: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return tuple(united)
