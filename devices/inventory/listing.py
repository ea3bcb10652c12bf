"""The registry as people read it: page by page, each device with where it is, or was last."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from devices.inventory import repository
from devices.inventory.life import Stage
from devices.inventory.model import Device

_PLACED: Final = text(
    """
    SELECT d.device_id, b.space_id, b.zone_id, b.district_id, b.since, b.until
    FROM device d
    LEFT JOIN LATERAL (
        SELECT b.space_id, s.zone_id, z.district_id, lower(b.valid) AS since, upper(b.valid) AS until
        FROM device_binding b
        JOIN space s ON s.space_id = b.space_id JOIN zone z ON z.zone_id = s.zone_id
        WHERE b.device_id = d.device_id
        ORDER BY lower(b.valid) DESC LIMIT 1
    ) b ON true
    WHERE d.removed_at IS NULL
      AND (CAST(:after AS text) IS NULL OR d.device_id > CAST(:after AS text))
      AND (CAST(:devices AS text[]) IS NULL OR d.device_id = ANY(CAST(:devices AS text[])))
      AND (CAST(:district AS text) IS NULL OR b.district_id = CAST(:district AS text))
      AND (CAST(:space AS text) IS NULL OR (b.space_id = CAST(:space AS text) AND b.until IS NULL))
      AND (CAST(:stages AS text[]) IS NULL OR d.stage = ANY(CAST(:stages AS text[])))
      AND (CAST(:profile AS text) IS NULL OR lower(d.vendor || '/' || d.model) = lower(CAST(:profile AS text)))
      AND (CAST(:begins AS text) IS NULL OR starts_with(d.device_id, CAST(:begins AS text)))
    ORDER BY d.device_id
    LIMIT :limit
    """
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedDevice:
    """A device and the space that it watches, or watched last; all None for one that was never bound."""

    device: Device
    space_id: str | None
    zone_id: str | None
    district_id: str | None
    since: datetime | None
    until: datetime | None
    """When that watch ended; None while it goes on."""


async def page(
    session: AsyncSession,
    *,
    district_id: str | None = None,
    stages: Collection[Stage] | None = None,
    space_id: str | None = None,
    profile: str | None = None,
    begins: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[PlacedDevice]:
    """Devices in use by id; None limits nothing. `profile` is `Vendor/Model`, `begins` the beginning of an id."""
    return await _read(
        session,
        {
            "after": after,
            "devices": None,
            "district": district_id,
            "space": space_id,
            "stages": None if stages is None else list(stages),
            "profile": profile,
            "begins": begins,
            "limit": limit,
        },
    )


async def placed(session: AsyncSession, device_id: str) -> PlacedDevice | None:
    """One device in use."""
    free = dict.fromkeys(("after", "district", "space", "stages", "profile", "begins"))
    found = await _read(session, free | {"devices": [device_id], "limit": 1})
    return found[0] if found else None


async def _read(session: AsyncSession, values: dict[str, object]) -> list[PlacedDevice]:
    rows = (await session.execute(_PLACED, values)).mappings().all()
    devices = await repository.known(session, [row["device_id"] for row in rows])
    return [_placed(devices[row["device_id"]], row) for row in rows if row["device_id"] in devices]


def _placed(device: Device, row: RowMapping) -> PlacedDevice:
    return PlacedDevice(
        device=device,
        space_id=row["space_id"],
        zone_id=row["zone_id"],
        district_id=row["district_id"],
        since=row["since"],
        until=row["until"],
    )
