"""Pictures that a machine takes of a stay: a terminal with an eye, a camera by the key of its system."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from starlette.responses import Response

from api.auth.accounts.model import Caller
from api.deps import clock_of, provided, require_role
from api.errors import problem_answers
from api.uploads import PICTURE_BODY, Bringing, CapturedAt, Content, EvidenceOut, Store, of_stay, take_in
from parking.db.idempotency import checked_key
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.evidence.model import EvidenceSource

router = APIRouter(tags=["terminals"])


@router.post(
    "/v1/sessions/{stay}/evidence",
    status_code=201,
    summary="Add a picture to a stay",
    response_model=EvidenceOut,
    responses=problem_answers(400, 401, 403, 404, 409, 413, 415, 503),
    openapi_extra=PICTURE_BODY,
)
async def add_to_stay(
    stay: str,
    caller: Annotated[Caller, Depends(require_role("terminal", "integrator"))],
    content: Content,
    database: Annotated[Database, Depends(provided(Database))],
    store: Store,
    clock: Annotated[Clock, Depends(clock_of)],
    captured_at: CapturedAt = None,
    key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Response:
    """By a terminal, or by the integrator's key of a system of cameras. The bytes of one JPEG or PNG."""
    source: EvidenceSource = "camera" if caller.role == "integrator" else "terminal"
    bringing = Bringing(caller=caller, key=checked_key(key), at=clock(), captured_at=captured_at, source=source)
    async with database.transaction() as session:
        subject = await of_stay(session, caller, stay)
        answer = await take_in(session, store, content, subject, bringing)
    return Response(answer.body, answer.status, media_type="application/json")
