"""All SQL of installation tests; what the devices said is read from history."""

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, RowMapping, Select, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from devices.commissioning.judging import Said
from devices.commissioning.model import DeviceTest, Findings, Limits, Look
from devices.commissioning.tables import DeviceTestLookRow, DeviceTestRow, TestLimitsRow
from devices.inventory.model import CLOCK_TOLERANCE, OLDEST_BINDING
from parking.occupancy.tables import ObservationRow
from parking.places.tables import SpaceRow, ZoneRow

_COLUMNS: Final = tuple(getattr(DeviceTestRow, one.name) for one in fields(DeviceTest))


async def add(session: AsyncSession, test: DeviceTest) -> bool:
    """Whether the device had no test that goes on."""
    row = postgresql.insert(DeviceTestRow).values(_values(test)).on_conflict_do_nothing()
    return (await session.execute(row.returning(DeviceTestRow.test_id))).scalar_one_or_none() is not None


async def find(session: AsyncSession, test_id: str, *, lock: bool = False) -> DeviceTest | None:
    query = select(*_COLUMNS).where(DeviceTestRow.test_id == test_id)
    return await _one(session, query.with_for_update() if lock else query)


async def open_of(session: AsyncSession, device_ids: Collection[str]) -> dict[str, DeviceTest]:
    """The test that goes on of each of these devices that has one."""
    query = select(*_COLUMNS).where(DeviceTestRow.device_id.in_(device_ids), DeviceTestRow.ended_at.is_(None))
    return {row["device_id"]: _test(row) for row in (await session.execute(query)).mappings()}


async def listed(
    session: AsyncSession,
    *,
    district_id: str | None,
    device_id: str | None,
    is_open: bool | None,
    after: str | None,
    limit: int,
) -> list[DeviceTest]:
    """Newest first; `after` is the last id of the page before, `is_open` None is either."""
    query = (
        select(*_COLUMNS)
        .join(SpaceRow, SpaceRow.space_id == DeviceTestRow.space_id)
        .join(ZoneRow, ZoneRow.zone_id == SpaceRow.zone_id)
        .order_by(DeviceTestRow.test_id.desc())
        .limit(limit)
    )
    wanted: list[ColumnElement[bool]] = []
    if district_id is not None:
        wanted.append(ZoneRow.district_id == district_id)
    if device_id is not None:
        wanted.append(DeviceTestRow.device_id == device_id)
    if is_open is not None:
        wanted.append(DeviceTestRow.ended_at.is_(None) if is_open else DeviceTestRow.ended_at.is_not(None))
    if after is not None:
        wanted.append(DeviceTestRow.test_id < after)
    rows = (await session.execute(query.where(*wanted))).mappings()
    return [_test(row) for row in rows]


async def end(session: AsyncSession, test: DeviceTest, findings: Findings) -> None:
    values = _values(test) | {"findings": msgspec.to_builtins(findings)}
    await session.execute(update(DeviceTestRow).where(DeviceTestRow.test_id == test.test_id).values(values))


async def findings_of(session: AsyncSession, test_id: str) -> Findings | None:
    """As they stood at the verdict; None while the test goes on."""
    stored = await session.scalar(select(DeviceTestRow.findings).where(DeviceTestRow.test_id == test_id))
    return None if stored is None else msgspec.convert(stored, Findings)


async def add_look(session: AsyncSession, test_id: str, look: Look, *, by: str) -> Look:
    """What is kept of that instant: this look, or the one that was there before."""
    values = {"test_id": test_id, "at": look.at, "occupied": look.occupied, "watched": look.watched, "seen_by": by}
    await session.execute(postgresql.insert(DeviceTestLookRow).values(values).on_conflict_do_nothing())
    row = await session.get_one(DeviceTestLookRow, (test_id, look.at))
    return Look(at=row.at, occupied=row.occupied, watched=row.watched)


async def looks(session: AsyncSession, test_id: str) -> list[Look]:
    """In order of their instants."""
    query = select(DeviceTestLookRow.at, DeviceTestLookRow.occupied, DeviceTestLookRow.watched)
    rows = await session.execute(query.where(DeviceTestLookRow.test_id == test_id).order_by(DeviceTestLookRow.at))
    return [Look(at=row.at, occupied=row.occupied, watched=row.watched) for row in rows]


async def said(session: AsyncSession, device_id: str, space_id: str, start: datetime, end: datetime) -> list[Said]:
    """What history has of a device on a space that was received in `[start, end)`, in that order.

    Late frames are there as well: `Said.at` says when they were seen.
    """
    row = ObservationRow
    query = select(
        row.observed_at,
        row.received_at,
        row.kind,
        row.status,
        row.session,
        row.sequence,
        row.battery_v,
        row.battery_pct,
    ).where(
        row.received_at >= start,
        row.received_at < end,
        row.device_id == device_id,
        row.space_id == space_id,
        # By which history finds a space; nothing older than this is admitted.
        row.observed_at >= start - OLDEST_BINDING - CLOCK_TOLERANCE,
    )
    rows = await session.execute(query.order_by(row.received_at, row.entry_id, row.item))
    return [
        Said(
            one.observed_at,
            one.received_at,
            one.kind,
            None if one.status is None else one.status == "occupied",
            one.session,
            one.sequence,
            one.battery_v,
            one.battery_pct,
        )
        for one in rows
    ]


async def limits(session: AsyncSession) -> Limits | None:
    """Those in force; None where nobody has set any."""
    newest = select(TestLimitsRow.limits).order_by(TestLimitsRow.limits_id.desc()).limit(1)
    stored = await session.scalar(newest)
    return None if stored is None else msgspec.convert(stored, Limits)


async def set_limits(session: AsyncSession, wanted: Limits, *, by: str, at: datetime) -> None:
    await session.execute(insert(TestLimitsRow).values(limits=asdict(wanted), set_by=by, set_at=at))


def _values(test: DeviceTest) -> dict[str, Any]:
    values = {one.name: getattr(test, one.name) for one in fields(DeviceTest)}
    return values | {"limits": asdict(test.limits)}


def _test(row: RowMapping) -> DeviceTest:
    values: dict[str, Any] = dict(row)
    return DeviceTest(**(values | {"limits": msgspec.convert(row["limits"], Limits)}))


async def _one(session: AsyncSession, query: Select[Any]) -> DeviceTest | None:
    row = (await session.execute(query)).mappings().first()
    return None if row is None else _test(row)
