"""Emergencies of tariffs over HTTP: freezes, and reverts that wait for their second person."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.auth.accounts import audit
from api.operator.rate_access import (
    LARGEST_VERSION,
    REFUSALS,
    Approver,
    ClockDep,
    DatabaseDep,
    Preparer,
    Reader,
    check_zones,
    zones_of,
)
from api.operator.rate_schemas import FreezeIn, FreezeList, FreezeOut, HoldMade, ReasonIn, RevertList, RevertOut
from pricing.rates import holds, reverts

router = APIRouter(tags=["operators"])
HoldId = Annotated[int, Path(ge=1, le=LARGEST_VERSION)]


@router.get("/v1/operator/rate-freezes", summary="Freezes that are not lifted", responses=REFUSALS)
async def freezes(caller: Reader, database: DatabaseDep) -> FreezeList:
    async with database.transaction() as session:
        own = await zones_of(session, caller)
        found = [
            FreezeOut(
                id=row.freeze_id,
                zones=row.zone_ids,
                frozen_by=row.frozen_by,
                frozen_at=row.frozen_at,
                reason=row.reason,
            )
            for row in await holds.freezes(session)
            if own is None or row.zone_ids is None or not own.isdisjoint(row.zone_ids)
        ]
    return FreezeList(freezes=found)


@router.post("/v1/operator/rate-freezes", status_code=201, summary="Freeze tariffs", responses=REFUSALS)
async def freeze(wish: FreezeIn, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> HoldMade:
    """Nothing is published there, and what is planned is held; what is in force stays."""
    async with database.transaction() as session:
        await check_zones(session, caller, wish.zones)
        zones = None if wish.zones is None else tuple(dict.fromkeys(wish.zones))
        made = await holds.freeze(session, zones, by=caller.actor, at=clock(), reason=wish.reason)
        await audit.record(session, caller, "rates.frozen", str(made), at=clock())
    return HoldMade(id=made)


@router.post(
    "/v1/operator/rate-freezes/{freeze_id}/lift",
    status_code=204,
    summary="Lift a freeze",
    response_class=Response,
    responses=REFUSALS,
)
async def lift(freeze_id: HoldId, because: ReasonIn, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> None:
    """What still lies ahead is planned again; what was due meanwhile has lapsed."""
    async with database.transaction() as session:
        found = next((row for row in await holds.freezes(session) if row.freeze_id == freeze_id), None)
        if found is not None:
            await check_zones(session, caller, found.zone_ids)
        await holds.unfreeze(session, freeze_id, by=caller.actor, at=clock(), reason=because.reason)
        await audit.record(session, caller, "rates.unfrozen", str(freeze_id), at=clock())


@router.get("/v1/operator/rate-reverts", summary="Reverts that wait for a second person", responses=REFUSALS)
async def unconfirmed(caller: Reader, database: DatabaseDep) -> RevertList:
    async with database.transaction() as session:
        own = await zones_of(session, caller)
        found = [
            RevertOut(
                id=row.revert_id,
                rate_table=row.rate_table_id,
                version=row.version,
                zones=row.zone_ids,
                reverted_by=row.reverted_by,
                reverted_at=row.reverted_at,
                reason=row.reason,
            )
            for row in await holds.unconfirmed_reverts(session)
            if own is None or not own.isdisjoint(row.zone_ids)
        ]
    return RevertList(reverts=found)


@router.post(
    "/v1/operator/rate-reverts/{revert_id}/confirm",
    status_code=204,
    summary="Agree to a revert, as the second person",
    response_class=Response,
    responses=REFUSALS,
)
async def confirm(revert_id: HoldId, caller: Approver, database: DatabaseDep, clock: ClockDep) -> None:
    """New versions may be published in its zones again."""
    async with database.transaction() as session:
        found = next((row for row in await holds.unconfirmed_reverts(session) if row.revert_id == revert_id), None)
        if found is not None:
            await check_zones(session, caller, found.zone_ids)
        await reverts.confirm(session, revert_id, by=caller.actor, at=clock())
        await audit.record(session, caller, "rate.revert_confirmed", str(revert_id), at=clock())
