"""All SQL of the health of devices."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import delete, insert, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from devices.health.device import DeviceHealth, decode, encode
from devices.health.model import Fault, Place
from devices.health.tables import DeviceFaultRow, DeviceHealthRow, HealthPositionRow, WitnessRow
from parking.db.prepared import Prepared
from parking.domain.clock import from_micros, to_micros
from parking.events.device import DeviceFault

_WRITE_STATES = Prepared(
    """
    INSERT INTO device_health (device_id, state, heard_at, clock_offset_us)
    SELECT * FROM unnest($1::text[], $2::bytea[], $3::timestamptz[], $4::bigint[])
    ON CONFLICT (device_id) DO UPDATE
    SET state = excluded.state, heard_at = excluded.heard_at, clock_offset_us = excluded.clock_offset_us
    """
)
"""One statement for some thousand devices that spoke: it runs every few seconds."""
AT_ONCE: Final = 5000
"""Devices: what shares the process waits for no more of them."""
FAULTS_CHANNEL: Final = "parking_device_faults"
_turnovers: Final = msgspec.msgpack.Decoder(dict[str, float])


class Position(NamedTuple):
    """How far one stream is in the states, and the changes of its zones."""

    entry_id: str
    listened_since: int
    turnover: Mapping[str, float]


class State(NamedTuple):
    """A device's state with what others read of it."""

    device_id: str
    state: DeviceHealth
    clock_offset_us: int | None


async def states(session: AsyncSession) -> dict[str, DeviceHealth]:
    """Every one that can be read, by device."""
    known: dict[str, DeviceHealth] = {}
    query = select(DeviceHealthRow.device_id, DeviceHealthRow.state)
    rows = await session.stream(query, execution_options={"yield_per": AT_ONCE})
    async for part in rows.partitions():
        for device_id, data in part:
            state = decode(data)
            if state is not None:
                known[device_id] = state
    return known


async def write_states(session: AsyncSession, changed: Sequence[State]) -> None:
    for start in range(0, len(changed), AT_ONCE):
        part = changed[start : start + AT_ONCE]
        await _WRITE_STATES.rows(
            session,
            [one.device_id for one in part],
            [encode(one.state) for one in part],
            [from_micros(one.state.heard_at) if one.state.heard_at else None for one in part],
            [one.clock_offset_us for one in part],
        )


async def positions(session: AsyncSession, *, lock: bool = False) -> dict[str, Position]:
    """By stream; `lock` keeps other writers out until the transaction ends."""
    wanted = select(HealthPositionRow).order_by(HealthPositionRow.stream)
    rows = await session.scalars(wanted.with_for_update() if lock else wanted)
    return {
        row.stream: Position(row.entry_id, to_micros(row.listened_since), _turnovers.decode(row.turnover))
        for row in rows
    }


async def move_positions(session: AsyncSession, moved: Mapping[str, Position]) -> None:
    rows = [
        {
            "stream": stream,
            "entry_id": position.entry_id,
            "listened_since": from_micros(position.listened_since),
            "turnover": msgspec.msgpack.encode(position.turnover),
        }
        for stream, position in sorted(moved.items())
    ]
    wanted = upsert(HealthPositionRow)
    new = {name: wanted.excluded[name] for name in ("entry_id", "listened_since", "turnover")}
    await session.execute(wanted.on_conflict_do_update(index_elements=["stream"], set_=new), rows)


async def open_faults(session: AsyncSession, device_id: str | None = None) -> list[Fault]:
    wanted = select(DeviceFaultRow).where(DeviceFaultRow.closed_at.is_(None))
    if device_id is not None:
        wanted = wanted.where(DeviceFaultRow.device_id == device_id).with_for_update()
    return [_fault(row) for row in await session.scalars(wanted)]


async def add_fault(session: AsyncSession, fault: Fault) -> None:
    await session.execute(
        insert(DeviceFaultRow).values(
            fault_id=fault.fault_id,
            device_id=fault.device_id,
            space_id=fault.place.space_id,
            zone_id=fault.place.zone_id,
            district_id=fault.place.district_id,
            fault=fault.fault,
            since=from_micros(fault.since),
            opened_at=from_micros(fault.opened_at),
            distrusted=fault.distrusted,
            detail_zh=fault.zh,
            detail_en=fault.en,
        )
    )


async def distrust(session: AsyncSession, fault: Fault) -> None:
    changed = update(DeviceFaultRow).where(DeviceFaultRow.fault_id == fault.fault_id)
    await session.execute(changed.values(distrusted=True, detail_zh=fault.zh, detail_en=fault.en))


async def close(session: AsyncSession, fault_id: str, at: datetime) -> bool:
    """Whether it was open."""
    changed = update(DeviceFaultRow).where(DeviceFaultRow.fault_id == fault_id, DeviceFaultRow.closed_at.is_(None))
    found = await session.execute(changed.values(closed_at=at).returning(DeviceFaultRow.fault_id))
    return found.scalar_one_or_none() is not None


async def distrusted(session: AsyncSession) -> frozenset[str]:
    """The devices whose word tells nothing now."""
    rows = await session.scalars(
        select(DeviceFaultRow.device_id).where(DeviceFaultRow.closed_at.is_(None), DeviceFaultRow.distrusted)
    )
    return frozenset(rows)


async def clock_offsets(session: AsyncSession) -> dict[str, int]:
    """Of the devices whose clock is known and steady."""
    row = DeviceHealthRow
    rows = await session.execute(select(row.device_id, row.clock_offset_us).where(row.clock_offset_us.is_not(None)))
    return {device_id: offset for device_id, offset in rows if offset is not None}


async def unvoided(session: AsyncSession) -> list[Fault]:
    """Faults that void a word and of which the engine has not been told."""
    row = DeviceFaultRow
    wanted = select(row).where(row.distrusted, row.voided_at.is_(None), row.closed_at.is_(None))
    return [_fault(found) for found in await session.scalars(wanted)]


async def mark_voided(session: AsyncSession, fault_ids: Collection[str], at: datetime) -> None:
    changed = update(DeviceFaultRow).where(DeviceFaultRow.fault_id.in_(fault_ids))
    await session.execute(changed.values(voided_at=at))


async def dismissed(session: AsyncSession) -> list[tuple[str, DeviceFault]]:
    """Device and kind of the faults that a person has found to be none, and that are not yet closed."""
    row = DeviceFaultRow
    wanted = select(row.device_id, row.fault).where(row.dismissed_at.is_not(None), row.closed_at.is_(None))
    return [(device_id, _kind(fault)) for device_id, fault in await session.execute(wanted)]


async def take_witnesses(session: AsyncSession, until: datetime) -> list[tuple[str, datetime, bool]]:
    """Space, instant and whether a car stood there, of those that had the time to be compared; they are gone then."""
    row = WitnessRow
    taken = await session.execute(
        delete(row).where(row.at <= until).returning(row.witness_id, row.space_id, row.at, row.occupied)
    )
    return [(space_id, at, occupied) for _, space_id, at, occupied in sorted(taken.all())]


async def add_witness(session: AsyncSession, space_id: str, at: datetime, *, occupied: bool) -> None:
    await session.execute(insert(WitnessRow).values(space_id=space_id, at=at, occupied=occupied))


async def notify(session: AsyncSession) -> None:
    """Tell every directory, when the transaction commits, that a device is trusted or not, or its clock is known."""
    await session.execute(text("SELECT pg_notify('parking_registry', 'health')"))


async def notify_faults(session: AsyncSession) -> None:
    """Tell whoever counts the open faults that some have come or gone, when the transaction commits."""
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": FAULTS_CHANNEL})


async def fault(session: AsyncSession, fault_id: str, *, lock: bool = False) -> DeviceFaultRow | None:
    wanted = select(DeviceFaultRow).where(DeviceFaultRow.fault_id == fault_id)
    found: DeviceFaultRow | None = await session.scalar(wanted.with_for_update() if lock else wanted)
    return found


async def listed(
    session: AsyncSession,
    *,
    district_id: str | None = None,
    device_id: str | None = None,
    kinds: Collection[str] | None = None,
    is_open: bool | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int,
) -> Sequence[DeviceFaultRow]:
    """Newest first, after the fault that was opened at that instant and has that id."""
    row = DeviceFaultRow
    wanted = select(row).order_by(row.opened_at.desc(), row.fault_id.desc()).limit(limit)
    if district_id is not None:
        wanted = wanted.where(row.district_id == district_id)
    if device_id is not None:
        wanted = wanted.where(row.device_id == device_id)
    if kinds:
        wanted = wanted.where(row.fault.in_(kinds))
    if is_open is not None:
        wanted = wanted.where(row.closed_at.is_(None) if is_open else row.closed_at.is_not(None))
    if after is not None:
        wanted = wanted.where(tuple_(row.opened_at, row.fault_id) < tuple_(*after))
    return (await session.scalars(wanted)).all()


def _fault(row: DeviceFaultRow) -> Fault:
    return Fault(
        fault_id=row.fault_id,
        device_id=row.device_id,
        place=Place(space_id=row.space_id, zone_id=row.zone_id, district_id=row.district_id),
        fault=_kind(row.fault),
        since=to_micros(row.since),
        opened_at=to_micros(row.opened_at),
        distrusted=row.distrusted,
        zh=row.detail_zh,
        en=row.detail_en,
    )


def _kind(stored: str) -> DeviceFault:
    kind: DeviceFault = msgspec.convert(stored, DeviceFault)
    return kind
