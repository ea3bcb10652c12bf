"""All SQL of the device registry; the bindings it joins belong to parking.places."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import datetime
from sys import intern
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, func, insert, literal, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from devices.inventory.life import Step
from devices.inventory.model import Device
from devices.inventory.tables import DeviceRow, DeviceSecretLookRow, DeviceSecretRow, DeviceStepRow
from parking.domain.ids import DeviceId
from parking.places.tables import BindingRow, SpaceRow, ZoneRow

BULK: Final = 2_000
"""Rows of one statement: the protocol carries at most 32,767 parameters."""
_FACTS: Final = (
    "vendor",
    "model",
    "version",
    "heartbeat_s",
    "wire_id",
    "stage",
    "supplier",
    "batch",
    "serial",
    "installed_at",
)
_COLUMNS: Final = (DeviceRow.device_id, *(getattr(DeviceRow, name) for name in _FACTS))


class Secret(NamedTuple):
    """One sealed key of a device."""

    device_id: str
    name: str
    key_id: str
    sealed: bytes


async def notify(session: AsyncSession) -> None:
    """Tell every process with a directory, when the transaction commits."""
    await session.execute(text("SELECT pg_notify('parking_registry', 'devices')"))


async def upsert(session: AsyncSession, devices: Sequence[Device]) -> None:
    """Add or replace; a device that was removed comes back."""
    statement = postgresql.insert(DeviceRow)
    changed: dict[str, Any] = {name: statement.excluded[name] for name in _FACTS}
    replacing = statement.on_conflict_do_update(
        index_elements=[DeviceRow.device_id], set_=changed | {"removed_at": None}
    )
    # One statement for all rows: to compose one with every value in it costs more than all else.
    if devices:
        await session.execute(replacing.execution_options(render_nulls=True), [_values(device) for device in devices])


async def all_devices(session: AsyncSession) -> AsyncIterator[Sequence[Device]]:
    """Every device in use, by id, so many at a time."""
    query = select(*_COLUMNS).where(DeviceRow.removed_at.is_(None)).order_by(DeviceRow.device_id)
    rows = await session.stream(query, execution_options={"yield_per": BULK})
    async for part in rows.partitions():
        yield [_device(row) for row in part]


async def known(session: AsyncSession, device_ids: Collection[str], *, lock: bool = False) -> dict[str, Device]:
    """Those of these devices that are in use, by id."""
    query = select(*_COLUMNS).where(_is_any(DeviceRow.device_id, device_ids), DeviceRow.removed_at.is_(None))
    rows = await session.execute(query.order_by(DeviceRow.device_id).with_for_update() if lock else query)
    return {device.device_id: device for device in map(_device, rows)}


async def owners(session: AsyncSession, names: Collection[str]) -> dict[str, str]:
    """Which device in use speaks under each of these ids, or has it as its own."""
    found: dict[str, str] = {}
    for column in (DeviceRow.device_id, DeviceRow.wire_id):
        query = select(column, DeviceRow.device_id).where(_is_any(column, names), DeviceRow.removed_at.is_(None))
        found |= {name: device_id for name, device_id in await session.execute(query) if name is not None}
    return found


async def mark_removed(session: AsyncSession, device_id: str, at: datetime) -> None:
    gone = update(DeviceRow).where(DeviceRow.device_id == device_id).values(removed_at=at, stage="removed")
    await session.execute(gone)


async def all_watches(session: AsyncSession) -> AsyncIterator[Sequence[Sequence[Any]]]:
    """Every binding with the place of its space, so many at a time, past ones included: late readings belong to them.

    Device, space, zone, district, start and end of a binding; the end is the space's where it left the street earlier.
    """
    end: ColumnElement[datetime | None] = func.least(func.upper(BindingRow.valid), SpaceRow.removed_at)
    start: ColumnElement[datetime | None] = func.lower(BindingRow.valid)
    query = (
        select(BindingRow.device_id, BindingRow.space_id, SpaceRow.zone_id, ZoneRow.district_id, start, end)
        .join(SpaceRow, SpaceRow.space_id == BindingRow.space_id)
        .join(ZoneRow, ZoneRow.zone_id == SpaceRow.zone_id)
    )
    rows = await session.stream(query, execution_options={"yield_per": BULK})
    async for part in rows.partitions():
        yield part


async def add_steps(session: AsyncSession, steps: Iterable[Step]) -> None:
    rows = [
        {
            "device_id": step.device_id,
            "at": step.at,
            "actor": step.actor,
            "deed": step.deed,
            "stage": step.stage,
            "reason": step.reason,
            "details": dict(step.details),
        }
        for step in steps
    ]
    if rows:
        await session.execute(insert(DeviceStepRow).execution_options(render_nulls=True), rows)


async def steps(session: AsyncSession, device_id: str) -> list[DeviceStepRow]:
    """Oldest first; also of a device that was removed."""
    query = select(DeviceStepRow).where(DeviceStepRow.device_id == device_id).order_by(DeviceStepRow.step_id)
    return list(await session.scalars(query))


async def keep_secrets(session: AsyncSession, secrets: Sequence[Secret], at: datetime) -> None:
    for start in range(0, len(secrets), BULK):
        rows = [secret._asdict() | {"sealed_at": at} for secret in secrets[start : start + BULK]]
        statement = postgresql.insert(DeviceSecretRow).values(rows)
        changed = {name: statement.excluded[name] for name in ("key_id", "sealed", "sealed_at")}
        keys = [DeviceSecretRow.device_id, DeviceSecretRow.name]
        await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


async def secrets(session: AsyncSession, device_ids: Collection[str]) -> list[Secret]:
    query = select(
        DeviceSecretRow.device_id, DeviceSecretRow.name, DeviceSecretRow.key_id, DeviceSecretRow.sealed
    ).where(_is_any(DeviceSecretRow.device_id, device_ids))
    rows = await session.execute(query.order_by(DeviceSecretRow.device_id, DeviceSecretRow.name))
    return [Secret(*row) for row in rows]


async def write_looks(
    session: AsyncSession, device_ids: Collection[str], *, actor: str, purpose: str, at: datetime
) -> None:
    rows = [{"device_id": device_id, "actor": actor, "purpose": purpose, "at": at} for device_id in device_ids]
    await session.execute(insert(DeviceSecretLookRow).values(rows))


def _is_any(column: Any, names: Collection[str]) -> ColumnElement[bool]:  # noqa: ANN401 - SQLAlchemy's attributes
    """One parameter however many names, where IN takes one for each."""
    found: ColumnElement[bool] = column == literal(list(names), postgresql.ARRAY(column.type)).any_()
    return found


def _values(device: Device) -> dict[str, object]:
    return {"device_id": device.device_id} | {name: getattr(device, name) for name in _FACTS}


def _device(row: Sequence[Any]) -> Device:
    """Of `_COLUMNS`. Words that most devices have in common are kept once for all of them."""
    device_id, vendor, model, version, heartbeat_s, wire_id, stage, supplier, batch, serial, installed_at = row
    return Device(
        device_id=DeviceId(device_id),
        vendor=intern(vendor),
        model=intern(model),
        version=intern(version),
        heartbeat_s=heartbeat_s,
        wire_id=wire_id,
        stage=stage,
        supplier=supplier if supplier is None else intern(supplier),
        batch=batch if batch is None else intern(batch),
        serial=serial,
        installed_at=installed_at,
    )
