"""The registry of devices over HTTP: by district and role, every write in the audit and in the life of its device."""

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import JSONResponse, Response

from api.auth.accounts.model import check_role
from api.deps import json_only
from api.errors import problem_answers
from api.operator.device_access import (
    CSV_BODY,
    REFUSALS,
    ClockDep,
    CsvLines,
    DatabaseDep,
    Desk,
    DeviceId,
    Holder,
    Judge,
    Keeper,
    Reader,
    Safe,
)
from api.operator.device_schemas import (
    BindIn,
    DeviceIn,
    DeviceList,
    DeviceOut,
    DeviceReasonIn,
    ImportOut,
    KeysIn,
    KeysOut,
    ProfileList,
    ProfileOut,
    RefusedRow,
    ReplaceIn,
    StepOut,
    WatchOut,
    WholeDevice,
)
from api.operator.recovery_access import check_person
from devices.inventory import listing, repository
from devices.inventory.life import Stage
from devices.inventory.wishes import NewDevice, RowError, read_csv
from devices.registry import installed
from parking.domain.ids import ID_PATTERN
from parking.domain.time_span import TimeSpan
from parking.places import repository as places

router = APIRouter(tags=["operators"])
_EVER: Final = TimeSpan(datetime(1970, 1, 1, tzinfo=UTC))
_BEYOND: Final = "this device or its space is not of your district"
Identifier = Annotated[str | None, Query(pattern=ID_PATTERN)]


@router.get("/v1/operator/devices", summary="Devices by id", responses=problem_answers(400, 401, 403))
async def listed(
    caller: Reader,
    database: DatabaseDep,
    *,
    stage: Annotated[list[Stage] | None, Query()] = None,
    district: Identifier = None,
    space: Identifier = None,
    profile: Annotated[str | None, Query(max_length=201, examples=["PNI/PlacePod"])] = None,
    begins: Annotated[str | None, Query(max_length=64, description="The beginning of an id")] = None,
    cursor: Annotated[str | None, Query(max_length=64, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> DeviceList:
    """A device is of the district of the space that it watches, or watched last; a district sees its own."""
    if district is not None:
        caller.check_district(district)
    async with database.transaction() as session:
        found = await listing.page(
            session,
            district_id=district or caller.district_id,
            stages=stage,
            space_id=space,
            profile=profile,
            begins=begins,
            after=cursor,
            limit=limit + 1,
        )
    page = found[:limit]
    following = page[-1].device.device_id if len(found) > limit else None
    return DeviceList(devices=[DeviceOut.of(one) for one in page], next=following)


@router.get("/v1/operator/device-profiles", summary="What a device can be", responses=problem_answers(401, 403))
async def profiles(caller: Reader) -> ProfileList:  # noqa: ARG001 - who asks is checked
    """The profiles of the installed adapters, as `parking profiles` lists them."""
    return ProfileList(
        profiles=[ProfileOut.model_validate(one, from_attributes=True) for one in installed().profiles()]
    )


@router.post(
    "/v1/operator/devices",
    status_code=201,
    summary="Register a device",
    responses=REFUSALS,
    dependencies=[Depends(json_only)],
)
async def register(wish: DeviceIn, caller: Keeper, database: DatabaseDep, clock: ClockDep, safe: Safe) -> DeviceOut:
    """One that is registered already is changed and keeps its stage."""
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        await _check_known(desk, wish.id)
        district_id = await desk.space(wish.space)
        device = await desk.devices.register(session, wish.wish(), to_commission=True)
        await desk.record("device.registered", device.device_id, district_id, space=wish.space)
        return DeviceOut.of(await desk.device(device.device_id))


@router.post("/v1/operator/devices/import", summary="Register many devices", responses=REFUSALS, openapi_extra=CSV_BODY)
async def import_(lines: CsvLines, caller: Keeper, database: DatabaseDep, clock: ClockDep, safe: Safe) -> ImportOut:
    """A CSV file as `parking devices import` reads it: good rows are in, the others are answered with their reason."""
    rows = list(read_csv(lines))
    refused = [row for row in rows if isinstance(row, RowError)]
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        wishes = [(index, row) for index, row in enumerate(rows) if isinstance(row, NewDevice)]
        beyond = await desk.beyond([wish for _, wish in wishes])
        refused += [RowError(wishes[position][0], code, _BEYOND) for position, code in beyond.items()]
        wishes = [wish for position, wish in enumerate(wishes) if position not in beyond]
        report = await desk.devices.register_many(session, [wish for _, wish in wishes], to_commission=True)
        refused += [RowError(wishes[error.index][0], error.code, error.detail) for error in report.errors]
        await desk.record("devices.imported", str(report.registered), None, refused=len(refused))
    refused.sort(key=lambda error: error.index)
    return ImportOut(registered=report.registered, bound=report.bound, refused=[RefusedRow.of(one) for one in refused])


@router.get("/v1/operator/devices/{device_id}", summary="A device with its life", responses=REFUSALS)
async def one(device_id: DeviceId, caller: Reader, database: DatabaseDep, clock: ClockDep, safe: Safe) -> WholeDevice:
    async with database.transaction() as session:
        found = await Desk(session, caller, clock, safe).device(device_id)
        name = found.device.device_id
        watches = await places.bindings(session, _EVER, device_ids=[name], with_removed=True)
        steps = await repository.steps(session, name)
        keys = [secret.name for secret in await repository.secrets(session, [name])]
    return WholeDevice(
        device=DeviceOut.of(found),
        wire_id=found.device.wire_id,
        keys=keys,
        watches=[WatchOut.of(binding) for binding in watches],
        steps=[StepOut.of(step) for step in steps],
    )


@router.post("/v1/operator/devices/{device_id}/bind", summary="Let a device watch a space", responses=REFUSALS)
async def bind(
    device_id: DeviceId, wish: BindIn, caller: Keeper, database: DatabaseDep, clock: ClockDep, safe: Safe
) -> DeviceOut:
    """From now on, or from an instant of the last day: what it said since then is of that space."""
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        district_id = await desk.space(wish.space)
        await _check_known(desk, device_id)
        await desk.devices.bind(session, device_id, wish.space, since=wish.since)
        since = None if wish.since is None else wish.since.isoformat()
        await desk.record("device.bound", device_id, district_id, space=wish.space, since=since)
        return DeviceOut.of(await desk.device(device_id))


@router.post("/v1/operator/devices/{device_id}/unbind", summary="End the watch of a device", responses=REFUSALS)
async def unbind(
    device_id: DeviceId, wish: DeviceReasonIn, caller: Keeper, database: DatabaseDep, clock: ClockDep, safe: Safe
) -> DeviceOut:
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        found = await desk.device(device_id)
        await desk.devices.unbind(session, device_id, reason=wish.reason)
        await desk.record("device.unbound", device_id, found.district_id, space=found.space_id)
        return DeviceOut.of(await desk.device(device_id))


@router.post(
    "/v1/operator/devices/{device_id}/remove",
    status_code=204,
    summary="Take a device out of the registry",
    response_class=Response,
    responses=REFUSALS,
)
async def remove(
    device_id: DeviceId, wish: DeviceReasonIn, caller: Keeper, database: DatabaseDep, clock: ClockDep, safe: Safe
) -> None:
    """Its watch ends; its life stays to be read."""
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        found = await desk.device(device_id)
        await desk.devices.remove(session, device_id, reason=wish.reason)
        await desk.record("device.removed", device_id, found.district_id)


@router.post("/v1/operator/devices/{device_id}/replace", summary="Put another in its place", responses=REFUSALS)
async def replace(
    device_id: DeviceId, wish: ReplaceIn, caller: Reader, database: DatabaseDep, clock: ClockDep, safe: Safe
) -> DeviceOut:
    """One step: the same space, the same moment; both lives go on to be read. Answers the new device."""
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        if wish.accept:
            check_role(caller, ("approver",))
            check_person(caller)
        found = await desk.device(device_id)
        await _check_known(desk, wish.by)
        await desk.commissioning.replace(session, device_id, wish.by, reason=wish.reason, accept=wish.accept)
        await desk.record("device.replaced", device_id, found.district_id, by=wish.by, space=found.space_id)
        return DeviceOut.of(await desk.device(wish.by))


@router.post("/v1/operator/devices/{device_id}/accept", summary="Accept without a test", responses=REFUSALS)
async def accept(
    device_id: DeviceId, wish: DeviceReasonIn, caller: Judge, database: DatabaseDep, clock: ClockDep, safe: Safe
) -> DeviceOut:
    """A person's word: from now on the device's word counts."""
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        found = await desk.device(device_id)
        await desk.commissioning.accept(session, device_id, reason=wish.reason)
        await desk.record("device.accepted", device_id, found.district_id, reason=wish.reason)
        return DeviceOut.of(await desk.device(device_id))


@router.post("/v1/operator/devices/{device_id}/withdraw", summary="Take an acceptance back", responses=REFUSALS)
async def withdraw(
    device_id: DeviceId, wish: DeviceReasonIn, caller: Judge, database: DatabaseDep, clock: ClockDep, safe: Safe
) -> DeviceOut:
    """The device is heard and does not count until it is tested or accepted anew."""
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        found = await desk.device(device_id)
        await desk.commissioning.withdraw(session, device_id, reason=wish.reason)
        await desk.record("device.withdrawn", device_id, found.district_id, reason=wish.reason)
        return DeviceOut.of(await desk.device(device_id))


@router.post(
    "/v1/operator/devices/{device_id}/keys",
    summary="See the keys of its radio",
    response_model=KeysOut,
    responses=REFUSALS,
)
async def keys(
    device_id: DeviceId, wish: KeysIn, caller: Holder, database: DatabaseDep, clock: ClockDep, safe: Safe
) -> Response:
    """For whoever puts it into a network server. Each look is written down with its purpose, and is in the audit."""
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        found = await desk.device(device_id)
        name = found.device.device_id
        sealed = await repository.secrets(session, [name])
        opened = {one.name: safe.open(one.device_id, one.name, one.key_id, one.sealed) for one in sealed}
        await repository.write_looks(session, [name], actor=caller.actor, purpose=wish.purpose, at=desk.now)
        await desk.record("device.keys_shown", name, found.district_id, purpose=wish.purpose)
    return JSONResponse({"device": name, "keys": opened}, headers={"Cache-Control": "no-store"})


async def _check_known(desk: Desk, device_id: str) -> None:
    """Raise ForbiddenError `district_forbidden` for a device of another district; one without any may be taken."""
    found = await listing.placed(desk.session, device_id)
    if found is not None and found.district_id is not None:
        desk.caller.check_district(found.district_id)
