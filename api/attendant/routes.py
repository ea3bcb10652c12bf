"""The attendant's paths. Every write is written down in the audit; money needs an Idempotency-Key."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from starlette.responses import Response

from api.attendant.reports import file_report
from api.attendant.schemas import (
    CashTaken,
    KerbList,
    PlateGiven,
    PriceList,
    ReportFiled,
    ReportTaken,
    Shift,
    ShiftClosing,
    ShiftOpening,
    Slip,
    StayBill,
)
from api.attendant.service import Deed, Kerb
from api.auth.accounts.model import Caller
from api.deps import clock_of, provided, require_role
from api.errors import problem_answers
from parking.db.idempotency import Answer, checked_key
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import NotFoundError

router = APIRouter(tags=["attendants"])
DatabaseDep = Annotated[Database, Depends(provided(Database))]
KerbDep = Annotated[Kerb, Depends(provided(Kerb))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Attendant = Annotated[Caller, Depends(require_role("attendant"))]
Key = Annotated[str | None, Header(alias="Idempotency-Key")]
_REFUSALS = problem_answers(400, 401, 403, 404, 409)


@router.post("/v1/shifts", status_code=201, summary="Begin a shift", responses=_REFUSALS)
async def open_shift(
    wish: ShiftOpening, caller: Attendant, database: DatabaseDep, kerb: KerbDep, clock: ClockDep
) -> Shift:
    async with database.transaction() as session:
        return await kerb.open_shift(session, Deed(caller=caller, at=clock(), key=""), wish)


@router.get("/v1/shifts/current", summary="The caller's open shift", responses=_REFUSALS)
async def current_shift(caller: Attendant, database: DatabaseDep, kerb: KerbDep) -> Shift:
    async with database.transaction() as session:
        shift = await kerb.current_shift(session, caller)
    if shift is None:
        raise NotFoundError("you have no open shift", code="shift_unknown")
    return shift


@router.post(
    "/v1/shifts/{shift}/close", summary="Count the drawer and end the shift", response_model=Shift, responses=_REFUSALS
)
async def close_shift(
    shift: str,
    wish: ShiftClosing,
    caller: Attendant,
    database: DatabaseDep,
    kerb: KerbDep,
    clock: ClockDep,
    key: Key = None,
) -> Response:
    deed = Deed(caller=caller, at=clock(), key=checked_key(key))
    async with database.transaction() as session:
        return _response(await kerb.close_shift(session, deed, shift, wish))


@router.get("/v1/attendant/spaces", summary="Occupied spaces, without a plate first", responses=_REFUSALS)
async def spaces(
    caller: Attendant,
    database: DatabaseDep,
    kerb: KerbDep,
    clock: ClockDep,
    zone: Annotated[str | None, Query(description="Only of this zone")] = None,
    find: Annotated[str, Query(max_length=100, description="Part of a space's id, street or zone")] = "",
) -> KerbList:
    async with database.transaction() as session:
        return await kerb.spaces(session, caller, at=clock(), zone_id=zone, words=find)


@router.get("/v1/attendant/prices", summary="What stays will cost ahead", responses=_REFUSALS)
async def prices(
    caller: Attendant,
    database: DatabaseDep,
    kerb: KerbDep,
    clock: ClockDep,
    stay: Annotated[list[str], Query(min_length=1, max_length=50, description="Which stays")],
) -> PriceList:
    """For a phone that may lose its network: it takes cash by these sums, and none where it has no sum."""
    async with database.transaction() as session:
        return await kerb.prices(session, caller, stay, at=clock())


@router.get("/v1/attendant/sessions/{stay}", summary="What a stay costs by now, and why", responses=_REFUSALS)
async def bill(stay: str, caller: Attendant, database: DatabaseDep, kerb: KerbDep, clock: ClockDep) -> StayBill:
    async with database.transaction() as session:
        return await kerb.bill(session, caller, stay, at=clock())


@router.post("/v1/attendant/sessions/{stay}/plate", summary="Add the plate of a stay", responses=_REFUSALS)
async def give_plate(
    stay: str, wish: PlateGiven, caller: Attendant, database: DatabaseDep, kerb: KerbDep, clock: ClockDep
) -> StayBill:
    """The same plate again has no effect; another plate is refused."""
    async with database.transaction() as session:
        return await kerb.give_plate(session, Deed(caller=caller, at=clock(), key=""), stay, wish)


@router.post(
    "/v1/attendant/sessions/{stay}/cash",
    status_code=201,
    summary="Take cash: ends the stay and books the money in the shift's drawer",
    response_model=Slip,
    responses=_REFUSALS,
)
async def take_cash(
    stay: str,
    wish: CashTaken,
    caller: Attendant,
    database: DatabaseDep,
    kerb: KerbDep,
    clock: ClockDep,
    key: Key = None,
) -> Response:
    """With `collected`, money that a phone took without a network: what exceeds the bill becomes a refund proposal."""
    deed = Deed(caller=caller, at=clock(), key=checked_key(key))
    async with database.transaction() as session:
        return _response(await kerb.take_cash(session, deed, stay, wish))


@router.post(
    "/v1/attendant/reports",
    status_code=201,
    summary="Report a fault or misuse",
    response_model=ReportTaken,
    responses=_REFUSALS,
)
async def report(
    wish: ReportFiled, caller: Attendant, database: DatabaseDep, clock: ClockDep, key: Key = None
) -> Response:
    """It becomes a case for a person to decide, never a penalty; pictures are sent before and named in `evidence`."""
    deed = Deed(caller=caller, at=clock(), key=checked_key(key))
    async with database.transaction() as session:
        return _response(await file_report(session, deed, wish))


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type="application/json")
