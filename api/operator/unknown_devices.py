"""Devices that speak and that nobody has registered: a person says what they are, or that they are none of ours."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.auth.accounts.model import Caller
from api.operator.authority_access import authority_role
from api.operator.device_access import REFUSALS, ClockDep, DatabaseDep, Desk, Keeper, Safe
from api.operator.device_schemas import ConfirmIn, DeviceOut, UnknownList, UnknownOut
from devices.inventory.wishes import NewDevice
from parking.domain.errors import InvalidInputError
from parking.raw import unknown

router = APIRouter(tags=["operators"])
_JOIN: Final = "\t"
WireId = Annotated[str, Path(min_length=1, max_length=128)]
Reader = Annotated[Caller, Depends(authority_role("operator", "approver", "admin"))]


@router.get("/v1/operator/unknown-devices", summary="Devices that nobody has registered", responses=REFUSALS)
async def listed(
    caller: Reader,  # noqa: ARG001 - who asks is checked
    database: DatabaseDep,
    source: Annotated[str | None, Query(max_length=64, examples=["chirpstack-v4"])] = None,
    cursor: Annotated[str | None, Query(max_length=256, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> UnknownList:
    """Where they stand nobody knows, so every district sees them all."""
    async with database.transaction() as session:
        found = await unknown.unknown_devices(session, source=source, after=_after(cursor), limit=limit + 1)
    page = found[:limit]
    following = f"{page[-1].source}{_JOIN}{page[-1].wire_id}" if len(found) > limit else None
    return UnknownList(devices=[UnknownOut.of(one) for one in page], next=following)


@router.post(
    "/v1/operator/unknown-devices/{wire_id}/confirm", status_code=201, summary="Register it", responses=REFUSALS
)
async def confirm(
    wire_id: WireId, wish: ConfirmIn, caller: Keeper, database: DatabaseDep, clock: ClockDep, safe: Safe
) -> DeviceOut:
    """It is to be tested. Its binding reaches back to its first word, for a day at most."""
    asked = NewDevice(
        device_id=wish.id or wire_id,
        vendor=wish.vendor,
        model=wish.model,
        version=wish.version,
        wire_id=None if wish.id is None else wire_id,
    )
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        district_id = await desk.space(wish.space)
        device = await desk.commissioning.confirm(session, asked, space_id=wish.space, to_commission=True)
        await desk.record("device.confirmed", device.device_id, district_id, space=wish.space)
        return DeviceOut.of(await desk.device(device.device_id))


@router.post(
    "/v1/operator/unknown-devices/{wire_id}/reject",
    status_code=204,
    summary="It is none of ours",
    response_class=Response,
    responses=REFUSALS,
)
async def reject(wire_id: WireId, caller: Keeper, database: DatabaseDep, clock: ClockDep, safe: Safe) -> None:
    """It stays quiet; what it sends is kept as long as anything is."""
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        await desk.commissioning.reject(session, wire_id)
        await desk.record("device.rejected", "unknown", None)


def _after(cursor: str | None) -> tuple[str, str] | None:
    if cursor is None:
        return None
    source, join, wire_id = cursor.partition(_JOIN)
    if not join:
        raise InvalidInputError("this is no cursor of ours", code="cursor_invalid")
    return source, wire_id
