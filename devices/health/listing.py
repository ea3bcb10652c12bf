"""Every device with how it is, page by page, for those who look after them; reads only."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from devices.health.device import DeviceHealth, decode
from devices.health.tables import DeviceFaultRow
from parking.events.device import DeviceFault

_DEVICES: Final = text(
    """
    SELECT d.device_id, d.vendor, d.model, d.version, d.heartbeat_s, b.space_id, b.zone_id, b.district_id,
        h.state, f.faults, coalesce(f.distrusted, false) AS distrusted
    FROM device AS d
    LEFT JOIN LATERAL (
        SELECT w.space_id, s.zone_id, z.district_id
        FROM device_binding AS w JOIN space AS s USING (space_id) JOIN zone AS z USING (zone_id)
        WHERE w.device_id = d.device_id
        ORDER BY w.valid @> CAST(:at AS timestamptz) DESC, lower(w.valid) DESC LIMIT 1
    ) AS b ON true
    LEFT JOIN device_health AS h USING (device_id)
    LEFT JOIN LATERAL (
        SELECT array_agg(o.fault ORDER BY o.opened_at) AS faults, bool_or(o.distrusted) AS distrusted
        FROM device_fault AS o WHERE o.device_id = d.device_id AND o.closed_at IS NULL
    ) AS f ON true
    WHERE d.removed_at IS NULL AND d.device_id > :after
        AND (CAST(:device AS text) IS NULL OR d.device_id = :device)
        AND (CAST(:district AS text) IS NULL OR b.district_id = :district)
        AND (NOT :faulty OR f.faults IS NOT NULL)
    ORDER BY d.device_id LIMIT :limit
    """
)
"""A device is of the district of the space that it watches, or watched last."""


class Listed(NamedTuple):
    """A registered device, its state where it was ever heard or missed, and what is wrong with it."""

    device_id: str
    vendor: str
    model: str
    version: str
    heartbeat_s: int
    space_id: str | None
    zone_id: str | None
    district_id: str | None
    state: DeviceHealth | None
    faults: tuple[DeviceFault, ...]
    distrusted: bool


async def devices(
    session: AsyncSession,
    *,
    at: datetime,
    district_id: str | None = None,
    device_id: str | None = None,
    only_faulty: bool = False,
    after: str = "",
    limit: int,
) -> list[Listed]:
    """By id, after the one that is named."""
    values = {
        "at": at,
        "after": after,
        "device": device_id,
        "district": district_id,
        "faulty": only_faulty,
        "limit": limit,
    }
    rows = (await session.execute(_DEVICES, values)).all()
    return [
        Listed(
            device_id=row.device_id,
            vendor=row.vendor,
            model=row.model,
            version=row.version,
            heartbeat_s=row.heartbeat_s,
            space_id=row.space_id,
            zone_id=row.zone_id,
            district_id=row.district_id,
            state=None if row.state is None else decode(row.state),
            faults=_faults(row.faults or ()),
            distrusted=row.distrusted,
        )
        for row in rows
    ]


async def open_counts(session: AsyncSession, district_id: str | None = None) -> Mapping[DeviceFault, int]:
    """How many faults of each kind are open."""
    row = DeviceFaultRow
    wanted = select(row.fault, func.count()).where(row.closed_at.is_(None)).group_by(row.fault).order_by(row.fault)
    if district_id is not None:
        wanted = wanted.where(row.district_id == district_id)
    return {msgspec.convert(fault, DeviceFault): number for fault, number in await session.execute(wanted)}


def _faults(found: Collection[str]) -> tuple[DeviceFault, ...]:
    return msgspec.convert(list(found), tuple[DeviceFault, ...])
