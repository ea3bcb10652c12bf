"""Use cases of the health of devices. The caller ends the transaction, in which the events of what it did are written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from devices.health import repository
from devices.health.detectors import SILENT
from devices.health.model import Fault, Turn
from devices.health.tables import DeviceFaultRow
from parking.bus import outbox
from parking.domain.clock import from_micros, to_micros
from parking.domain.errors import ConflictError, NotFoundError
from parking.events.device import DeviceFaulted, DeviceRestored
from parking.events.fact import Fact

SOURCE: Final = "devices.health"


async def write_turns(session: AsyncSession, turns: Sequence[Turn]) -> None:
    """Store what opened and closed, in that order, each with its event."""
    for turn in turns:
        fault, at = turn.fault, from_micros(turn.at)
        told: Fact | None = None
        if turn.what == "opened":
            await repository.add_fault(session, fault)
            told = _faulted(fault)
        elif turn.what == "distrusted":
            await repository.distrust(session, fault)
        elif await repository.close(session, fault.fault_id, at):
            told = _restored(fault, at)
        if told is not None:
            await outbox.write(session, told, source=SOURCE, at=at)
    if turns:
        await repository.notify_faults(session)


async def close_all(session: AsyncSession, device_id: str, *, at: datetime) -> int:
    """End every open fault of a device that is taken away or replaced; how many those were."""
    found = await repository.open_faults(session, device_id)
    closing = to_micros(at)
    await write_turns(session, [Turn(what="closed", fault=fault, at=max(closing, fault.opened_at)) for fault in found])
    if found:
        await repository.notify(session)
    return len(found)


async def fault_of(session: AsyncSession, fault_id: str, *, lock: bool = False) -> DeviceFaultRow:
    """Raises NotFoundError (`fault_unknown`)."""
    found = await repository.fault(session, fault_id, lock=lock)
    if found is None:
        raise NotFoundError(f"there is no fault {fault_id[:64]!r}", code="fault_unknown")
    return found


async def acknowledge(session: AsyncSession, fault_id: str, *, by: str, at: datetime) -> DeviceFaultRow:
    """Somebody has taken it on; the first one stays. Raises as `fault_of`, and ConflictError (`fault_closed`)."""
    found = await _still_open(session, fault_id)
    if found.acknowledged_at is None:
        found.acknowledged_at, found.acknowledged_by = at, by
    return found


async def dismiss(session: AsyncSession, fault_id: str, *, by: str, at: datetime) -> DeviceFaultRow:
    """Somebody has looked and found the device in order: the worker closes the fault and begins its reckoning anew.

    Raises as `acknowledge`, and ConflictError (`fault_not_dismissible`) for silence, which only a message ends.
    """
    found = await _still_open(session, fault_id)
    if found.fault == SILENT:
        raise ConflictError("a silent device is in order when it is heard", code="fault_not_dismissible")
    if found.dismissed_at is None:
        found.dismissed_at, found.dismissed_by = at, by
    return found


async def _still_open(session: AsyncSession, fault_id: str) -> DeviceFaultRow:
    found = await fault_of(session, fault_id, lock=True)
    if found.closed_at is not None:
        raise ConflictError("this fault is over", code="fault_closed")
    return found


def _faulted(fault: Fault) -> DeviceFaulted:
    return DeviceFaulted(
        fault_id=fault.fault_id,
        device_id=fault.device_id,
        space_id=fault.place.space_id,
        fault=fault.fault,
        opened_at=from_micros(fault.opened_at),
        since=from_micros(fault.since),
        distrusted=fault.distrusted,
        detail_zh=fault.zh,
        detail_en=fault.en,
    )


def _restored(fault: Fault, at: datetime) -> DeviceRestored:
    return DeviceRestored(
        fault_id=fault.fault_id,
        device_id=fault.device_id,
        space_id=fault.place.space_id,
        fault=fault.fault,
        opened_at=from_micros(fault.opened_at),
        closed_at=at,
    )
