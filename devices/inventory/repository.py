"""All SQL of the device registry; the bindings it joins belong to parking.places."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from devices.inventory.model import Device
from devices.inventory.tables import DeviceRow
from parking.domain.ids import DeviceId
from parking.places.tables import BindingRow, SpaceRow, ZoneRow

WatchColumns = tuple[str, str, str, str, datetime | None, datetime | None]
"""Device, space, zone, district, start and end of a binding; the end is the space's where it left the street earlier."""

BULK: Final = 5_000
"""Rows of one statement: the protocol carries at most 32,767 parameters."""


async def notify(session: AsyncSession) -> None:
    """Tell every process with a directory, when the transaction commits."""
    await session.execute(text("SELECT pg_notify('parking_registry', 'devices')"))


async def upsert(session: AsyncSession, devices: Sequence[Device]) -> None:
    """Add or replace; a device that was removed comes back."""
    for start in range(0, len(devices), BULK):
        statement = insert(DeviceRow).values([_values(device) for device in devices[start : start + BULK]])
        new = statement.excluded
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=[DeviceRow.device_id],
                set_={
                    "vendor": new.vendor,
                    "model": new.model,
                    "version": new.version,
                    "heartbeat_s": new.heartbeat_s,
                    "removed_at": None,
                },
            )
        )


async def all_devices(session: AsyncSession) -> list[Device]:
    """Every device in use, by id."""
    rows = await session.execute(
        select(DeviceRow.device_id, DeviceRow.vendor, DeviceRow.model, DeviceRow.version, DeviceRow.heartbeat_s)
        .where(DeviceRow.removed_at.is_(None))
        .order_by(DeviceRow.device_id)
    )
    return [_device(row) for row in rows]


async def device(session: AsyncSession, device_id: str) -> Device | None:
    row = await session.get(DeviceRow, device_id)
    if row is None or row.removed_at is not None:
        return None
    return _device((row.device_id, row.vendor, row.model, row.version, row.heartbeat_s))


async def mark_removed(session: AsyncSession, device_id: str) -> None:
    await session.execute(update(DeviceRow).where(DeviceRow.device_id == device_id).values(removed_at=func.now()))


async def all_watches(session: AsyncSession) -> Sequence[WatchColumns]:
    """Every binding with the place of its space, past ones included: late readings belong to them."""
    end: ColumnElement[datetime | None] = func.least(func.upper(BindingRow.valid), SpaceRow.removed_at)
    start: ColumnElement[datetime | None] = func.lower(BindingRow.valid)
    rows = await session.execute(
        select(BindingRow.device_id, BindingRow.space_id, SpaceRow.zone_id, ZoneRow.district_id, start, end)
        .join(SpaceRow, SpaceRow.space_id == BindingRow.space_id)
        .join(ZoneRow, ZoneRow.zone_id == SpaceRow.zone_id)
    )
    return rows.all()


def _values(device: Device) -> dict[str, object]:
    return {
        "device_id": device.device_id,
        "vendor": device.vendor,
        "model": device.model,
        "version": device.version,
        "heartbeat_s": device.heartbeat_s,
    }


def _device(row: tuple[str, str, str, str, int]) -> Device:
    device_id, vendor, model, version, heartbeat_s = row
    return Device(device_id=DeviceId(device_id), vendor=vendor, model=model, version=version, heartbeat_s=heartbeat_s)
