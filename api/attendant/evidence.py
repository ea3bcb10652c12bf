"""Pictures that attendants take with their telephones: of a stay, or of a space for a report without a stay."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from starlette.responses import Response

from api.auth.accounts.model import Caller
from api.deps import clock_of, provided, require_role
from api.errors import problem_answers
from api.uploads import (
    PICTURE_BODY,
    Bringing,
    CapturedAt,
    Content,
    EvidenceList,
    EvidenceOut,
    Store,
    of_space,
    of_stay,
    take_in,
)
from parking.db.idempotency import checked_key
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.ids import ID_PATTERN
from parking.evidence import service as evidence

router = APIRouter(tags=["attendants"])
DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Attendant = Annotated[Caller, Depends(require_role("attendant"))]
Key = Annotated[str | None, Header(alias="Idempotency-Key")]
_REFUSALS = problem_answers(400, 401, 403, 404, 409, 413, 415, 503)
_OF_STAY = "/v1/attendant/sessions/{stay}/evidence"


@router.post(
    _OF_STAY,
    status_code=201,
    summary="Add a picture to a stay",
    response_model=EvidenceOut,
    responses=_REFUSALS,
    openapi_extra=PICTURE_BODY,
)
async def add_to_stay(
    stay: str,
    caller: Attendant,
    content: Content,
    database: DatabaseDep,
    store: Store,
    clock: ClockDep,
    captured_at: CapturedAt = None,
    key: Key = None,
) -> Response:
    """The bytes of one JPEG or PNG. Its metadata, the position where it was taken included, is cut out."""
    bringing = Bringing(caller=caller, key=checked_key(key), at=clock(), captured_at=captured_at, source="attendant")
    async with database.transaction() as session:
        subject = await of_stay(session, caller, stay)
        answer = await take_in(session, store, content, subject, bringing)
    return Response(answer.body, answer.status, media_type="application/json")


@router.get(_OF_STAY, summary="The pictures of a stay, newest first, without what they show", responses=_REFUSALS)
async def of_one_stay(stay: str, caller: Attendant, database: DatabaseDep) -> EvidenceList:
    async with database.transaction() as session:
        await of_stay(session, caller, stay)
        items = await evidence.listed(session, session_id=stay)
    return EvidenceList(evidence=[EvidenceOut.of(item) for item in items], next=None)


@router.post(
    "/v1/attendant/evidence",
    status_code=201,
    summary="Bring a picture of a space, for a report",
    response_model=EvidenceOut,
    responses=_REFUSALS,
    openapi_extra=PICTURE_BODY,
)
async def add_to_space(
    caller: Attendant,
    content: Content,
    database: DatabaseDep,
    store: Store,
    clock: ClockDep,
    space: Annotated[str, Query(pattern=ID_PATTERN)],
    captured_at: CapturedAt = None,
    key: Key = None,
) -> Response:
    bringing = Bringing(caller=caller, key=checked_key(key), at=clock(), captured_at=captured_at, source="attendant")
    async with database.transaction() as session:
        subject = await of_space(session, caller, space)
        answer = await take_in(session, store, content, subject, bringing)
    return Response(answer.body, answer.status, media_type="application/json")
