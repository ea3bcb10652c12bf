"""The pictures that an inspector takes of a check: they belong to what was found, and can be handed over with it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path
from starlette.responses import Response

from api.auth.accounts.model import Caller
from api.deps import clock_of, provided, require_role
from api.enforcement import repository
from api.errors import problem_answers
from api.uploads import PICTURE_BODY, Bringing, CapturedAt, Content, EvidenceOut, Store, Subject, of_space, take_in
from parking.db.idempotency import checked_key
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError, NotFoundError

router = APIRouter(tags=["enforcement"])


@router.post(
    "/v1/checks/{check}/evidence",
    status_code=201,
    summary="Add a picture to a check of a space",
    response_model=EvidenceOut,
    responses=problem_answers(400, 401, 403, 404, 409, 413, 415, 503),
    openapi_extra=PICTURE_BODY,
)
async def add_to_check(
    check: Annotated[int, Path(ge=1, le=2**63 - 1)],
    caller: Annotated[Caller, Depends(require_role("enforcement"))],
    content: Content,
    database: Annotated[Database, Depends(provided(Database))],
    store: Store,
    clock: Annotated[Clock, Depends(clock_of)],
    captured_at: CapturedAt = None,
    key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Response:
    """By the inspector who made the check. The bytes of one JPEG or PNG; its metadata is cut out."""
    bringing = Bringing(caller=caller, key=checked_key(key), at=clock(), captured_at=captured_at, source="enforcement")
    async with database.transaction() as session:
        row = await repository.check_by_id(session, check)
        if row is None or row.actor != caller.actor:
            raise NotFoundError("you have made no such check", code="check_unknown")
        if row.space_id is None:
            raise InvalidInputError("a picture belongs to a check of a space", code="check_without_space")
        found = await of_space(session, caller, row.space_id)
        subject = Subject(district_id=found.district_id, space_id=row.space_id, check_id=check)
        answer = await take_in(session, store, content, subject, bringing)
    return Response(answer.body, answer.status, media_type="application/json")
