"""`POST /v1/checks` for inspectors, and the log of checks for those who watch over them."""

from typing import Annotated, cast

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.deps import clock_of, json_only, provided, require_role
from api.enforcement import repository
from api.enforcement.documents import check_document
from api.enforcement.model import Basis, Outcome
from api.enforcement.schemas import CheckAnswer, CheckLog, CheckRequest, LoggedCheck
from api.enforcement.service import CheckDesk
from api.errors import problem_answers
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.ids import ID_PATTERN

router = APIRouter(tags=["enforcement"])
Inspector = Annotated[Caller, Depends(require_role("enforcement"))]
Watcher = Annotated[Caller, Depends(require_role("operator", "admin"))]


@router.post(
    "/v1/checks",
    summary="Is this vehicle, or this space, covered by a stay or a right, and until when",
    response_model=CheckAnswer,
    responses=problem_answers(400, 401, 403, 404, 413, 415, 503),
    dependencies=[Depends(json_only)],
)
async def check(
    asked: CheckRequest, caller: Inspector, desk: Annotated[CheckDesk, Depends(provided(CheckDesk))]
) -> Response:
    """Facts and never debts; whether something is an offence is the authority's to say. Every check is written down."""
    found = await desk.check(caller, plate=asked.plate, space_id=asked.space, at=asked.at)
    return Response(msgspec.json.encode(check_document(found)), 200, media_type="application/json")


@router.get(
    "/v1/operator/checks",
    summary="The log of checks, newest first; reading it is written down as well",
    responses=problem_answers(400, 401, 403, 503),
)
async def checks(
    caller: Watcher,
    database: Annotated[Database, Depends(provided(Database))],
    clock: Annotated[Clock, Depends(clock_of)],
    space: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="`next` of the page before")] = None,
) -> CheckLog:
    async with database.transaction() as session:
        rows = await repository.logged(
            session, district_id=caller.district_id, space_id=space, before=cursor, limit=limit + 1
        )
        await audit.record(session, caller, "checks.read", space or "all", at=clock())
    shown = [
        LoggedCheck(
            id=row.check_id,
            checked_at=row.checked_at,
            at=row.asked_at,
            actor=row.actor,
            district=row.district_id,
            space=row.space_id,
            about_vehicle=row.plate_token is not None,
            outcome=cast("Outcome", row.outcome),
            basis=cast("Basis | None", row.basis),
        )
        for row in rows[:limit]
    ]
    return CheckLog(checks=shown, next=shown[-1].id if len(rows) > limit else None)
