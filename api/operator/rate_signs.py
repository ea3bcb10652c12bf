"""Signs that a published tariff asks for, and the person who saw them in place."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth.accounts import audit
from api.operator.rate_access import (
    LARGEST_VERSION,
    REFUSALS,
    ClockDep,
    DatabaseDep,
    Preparer,
    Reader,
    check_zones,
    readable,
    zones_of,
)
from api.operator.rate_documents import sign_task
from api.operator.rate_schemas import SignIn, SignTaskList, SignTaskOut
from parking.domain.ids import ID_PATTERN
from pricing.rates import signs

router = APIRouter(tags=["operators"])


@router.get("/v1/operator/sign-tasks", summary="Signs that wait to be confirmed", responses=REFUSALS)
async def sign_tasks(
    caller: Reader,
    database: DatabaseDep,
    clock: ClockDep,
    zone: Annotated[str | None, Query(pattern=ID_PATTERN, description="Only those of this zone")] = None,
) -> SignTaskList:
    """Of what is in force or comes; an account of one district sees its own."""
    async with database.transaction() as session:
        own = await zones_of(session, caller)
        wanted = own if zone is None else {zone} if own is None else own.intersection({zone})
        found = await signs.waiting_tasks(session, clock(), wanted)
    return SignTaskList(sign_tasks=[sign_task(task) for task in found])


@router.get(
    "/v1/operator/rate-tables/{rate_table}/{version}/signs",
    summary="Every sign of a version, confirmed or not",
    responses=REFUSALS,
)
async def signs_of(
    rate_table: Annotated[str, Path(pattern=ID_PATTERN)],
    version: Annotated[int, Path(ge=1, le=LARGEST_VERSION)],
    caller: Reader,
    database: DatabaseDep,
) -> SignTaskList:
    async with database.transaction() as session:
        await readable(session, caller, rate_table, version)
        own = await zones_of(session, caller)
        found = await signs.tasks_of(session, rate_table, version)
    return SignTaskList(sign_tasks=[sign_task(task) for task in found if own is None or task.zone_id in own])


@router.post("/v1/operator/sign-tasks/{task_id}/confirm", summary="The sign stands", responses=REFUSALS)
async def confirm(
    task_id: Annotated[int, Path(ge=1, le=LARGEST_VERSION)],
    seen: SignIn,
    caller: Preparer,
    database: DatabaseDep,
    clock: ClockDep,
) -> SignTaskOut:
    """From this moment on, at the earliest, the tariff charges there."""
    async with database.transaction() as session:
        task = await signs.confirm(session, task_id, by=caller.actor, at=clock(), photo_reference=seen.photo_reference)
        await check_zones(session, caller, [task.zone_id])
        await audit.record(session, caller, "sign.confirmed", str(task_id), at=clock())
    return sign_task(task)
