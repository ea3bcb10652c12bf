"""The health of devices over HTTP: who is faulty since when, and what a person says to it."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.deps import json_only, provided
from api.errors import problem_answers
from api.operator.authority_access import Person
from api.operator.device_access import ClockDep, DatabaseDep, DeviceId, Reader
from api.operator.device_errors import errors_of
from api.operator.device_health_schemas import (
    DismissalIn,
    FaultList,
    FaultOut,
    HealthList,
    WholeDeviceHealth,
    cursor_of,
    health_out,
    whole_out,
)
from devices.health import listing, repository, service
from devices.registry import empty_voltage
from parking.domain.clock import from_micros
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.domain.ids import ID_PATTERN, is_identifier
from parking.events.device import DeviceFault
from parking.occupancy.live_reader import LiveReader

router = APIRouter(tags=["operators"])
REFUSALS: Final = problem_answers(400, 401, 403, 404, 409, 503)
Identifier = Annotated[str | None, Query(pattern=ID_PATTERN)]
FaultId = Annotated[str, Path(pattern=ID_PATTERN)]
LiveDep = Annotated[LiveReader, Depends(provided(LiveReader))]
HISTORY: Final = 50
MICROS_DIGITS: Final = 16


@router.get("/v1/operator/devices/health", summary="Devices and how they are, by id", responses=REFUSALS)
async def devices(
    caller: Reader,
    database: DatabaseDep,
    clock: ClockDep,
    *,
    district: Identifier = None,
    faulty: Annotated[bool, Query(description="Only those with an open fault")] = False,
    cursor: Annotated[str | None, Query(pattern=ID_PATTERN, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> HealthList:
    if district is not None:
        caller.check_district(district)
    async with database.reading() as session:
        found = await listing.devices(
            session,
            at=clock(),
            district_id=district or caller.district_id,
            only_faulty=faulty,
            after=cursor or "",
            limit=limit + 1,
        )
    page = found[:limit]
    return HealthList(
        devices=[health_out(one, clock(), empty_v=empty_voltage(one.vendor, one.model)) for one in page],
        next=page[-1].device_id if len(found) > limit else None,
    )


@router.get("/v1/operator/devices/{device_id}/health", summary="One device and how it is", responses=REFUSALS)
async def device(
    device_id: DeviceId, caller: Reader, database: DatabaseDep, live: LiveDep, clock: ClockDep
) -> WholeDeviceHealth:
    async with database.reading() as session:
        found = await listing.devices(session, at=clock(), device_id=device_id, limit=1)
        if not found:
            raise NotFoundError(f"no device {device_id!r}", code="unknown_device")
        caller.check_district(found[0].district_id or "")
        rows = await repository.listed(session, device_id=device_id, limit=HISTORY)
    one, history = found[0], [FaultOut.of(row) for row in rows]
    errors = await errors_of(live, one)
    return whole_out(one, history, errors, clock(), empty_v=empty_voltage(one.vendor, one.model))


@router.get("/v1/operator/device-faults", summary="Faults of devices, newest first", responses=REFUSALS)
async def faults(
    caller: Reader,
    database: DatabaseDep,
    *,
    district: Identifier = None,
    device: Identifier = None,
    fault: Annotated[list[DeviceFault] | None, Query()] = None,
    is_open: Annotated[
        bool | None, Query(alias="open", description="Without it, open ones and those that are over")
    ] = None,
    cursor: Annotated[str | None, Query(max_length=100, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> FaultList:
    if district is not None:
        caller.check_district(district)
    whose = district or caller.district_id
    async with database.reading() as session:
        rows = await repository.listed(
            session,
            district_id=whose,
            device_id=device,
            kinds=fault,
            is_open=is_open,
            after=None if cursor is None else _place(cursor),
            limit=limit + 1,
        )
        counts = await listing.open_counts(session, whose)
    page = rows[:limit]
    following = cursor_of(page[-1]) if len(rows) > limit else None
    return FaultList(faults=[FaultOut.of(row) for row in page], open=dict(counts), next=following)


@router.post("/v1/operator/device-faults/{fault_id}/acknowledge", summary="Take a fault on", responses=REFUSALS)
async def acknowledge(fault_id: FaultId, caller: Person, database: DatabaseDep, clock: ClockDep) -> FaultOut:
    """Who was first stays; it closes when the device is in order again."""
    now = clock()
    async with database.transaction() as session:
        await _check_reach(session, caller, fault_id)
        row = await service.acknowledge(session, fault_id, by=caller.actor, at=now)
        await audit.record(session, caller, "device_fault.acknowledged", fault_id, at=now, district_id=row.district_id)
        return FaultOut.of(row)


@router.post(
    "/v1/operator/device-faults/{fault_id}/dismiss",
    summary="Say that the device is in order",
    responses=problem_answers(400, 401, 403, 404, 409, 413, 415, 503),
    dependencies=[Depends(json_only)],
)
async def dismiss(
    fault_id: FaultId, wish: DismissalIn, caller: Person, database: DatabaseDep, clock: ClockDep
) -> FaultOut:
    """Within seconds the fault closes, its word counts again, and what told of the fault is reckoned anew."""
    now = clock()
    async with database.transaction() as session:
        await _check_reach(session, caller, fault_id)
        row = await service.dismiss(session, fault_id, by=caller.actor, at=now)
        details = {"reason": wish.reason, "device": row.device_id, "fault": row.fault}
        await audit.record(
            session, caller, "device_fault.dismissed", fault_id, at=now, district_id=row.district_id, details=details
        )
        return FaultOut.of(row)


async def _check_reach(session: AsyncSession, caller: Caller, fault_id: str) -> None:
    """Raise NotFoundError (`fault_unknown`) and `ForbiddenError` (`district_forbidden`)."""
    caller.check_district((await service.fault_of(session, fault_id)).district_id or "")


def _place(cursor: str) -> tuple[datetime, str]:
    at, _, fault_id = cursor.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) <= MICROS_DIGITS and is_identifier(fault_id)):
        raise InvalidInputError("take the cursor from `next` of the page before", code="cursor_invalid")
    return from_micros(int(at)), fault_id
