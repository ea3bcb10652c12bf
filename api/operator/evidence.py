"""Evidence for those who decide: what there is of a stay, a space or a check, its chain of custody, and what it shows."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Header, Path, Query
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.auth.accounts.model import Caller
from api.errors import problem_answers
from api.operator.authority_access import Person, Reader
from api.operator.recovery_access import ClockDep, DatabaseDep
from api.uploads import (
    Bringing,
    CapturedAt,
    Content,
    EvidenceList,
    EvidenceOut,
    Store,
    Subject,
    body_of,
    of_space,
    of_stay,
    take_in,
)
from parking.db.idempotency import checked_key
from parking.domain.errors import InvalidInputError
from parking.domain.ids import ID_PATTERN
from parking.evidence import custody, repository, service

router = APIRouter(tags=["operators"])
REFUSALS: Final = problem_answers(400, 401, 403, 404, 409, 413, 415, 503)
EvidenceId = Annotated[str, Path(pattern=ID_PATTERN)]
Identifier = Annotated[str | None, Query(pattern=ID_PATTERN)]


class About(NamedTuple):
    """What a new piece is about, and how that is found."""

    find: Callable[[AsyncSession, Caller, str], Awaitable[Subject]]
    name: str


async def about_one(session: Identifier = None, space: Identifier = None) -> About:
    """Raise InvalidInputError `evidence_about_nothing` unless a stay or a space is given, and not both."""
    if session is not None and space is None:
        return About(of_stay, session)
    if space is not None and session is None:
        return About(of_space, space)
    raise InvalidInputError("give a session or a space", code="evidence_about_nothing")


class EvidenceWithCustody(BaseModel):
    """One piece and everything that was done with it; `whole` says whether no entry of the chain was altered."""

    evidence: EvidenceOut
    custody: list[dict[str, Any]]
    whole: bool


@router.get("/v1/operator/evidence", summary="What evidence there is, newest first", responses=REFUSALS)
async def listed(
    caller: Reader,
    database: DatabaseDep,
    session: Identifier = None,
    space: Identifier = None,
    check: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    cursor: Annotated[str | None, Query(max_length=64, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> EvidenceList:
    async with database.transaction() as opened:
        found = await service.listed(
            opened,
            district_id=caller.district_id,
            session_id=session,
            space_id=space,
            check_id=check,
            after=cursor,
            limit=limit + 1,
        )
    page = found[:limit]
    following = page[-1].evidence_id if len(found) > limit else None
    return EvidenceList(evidence=[EvidenceOut.of(item) for item in page], next=following)


@router.post(
    "/v1/operator/evidence",
    status_code=201,
    summary="Add a picture or a document to a stay or a space",
    response_model=EvidenceOut,
    responses=REFUSALS,
    openapi_extra=body_of("image/jpeg", "image/png", "application/pdf"),
)
async def add(
    caller: Person,
    content: Content,
    database: DatabaseDep,
    store: Store,
    clock: ClockDep,
    about: Annotated[About, Depends(about_one)],
    captured_at: CapturedAt = None,
    key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Response:
    """Such as an order of the police as PDF, which is kept as it is. Give a stay or a space."""
    bringing = Bringing(caller=caller, key=checked_key(key), at=clock(), captured_at=captured_at, source="operator")
    async with database.transaction() as opened:
        subject = await about.find(opened, caller, about.name)
        answer = await take_in(opened, store, content, subject, bringing, documents=True)
    return Response(answer.body, answer.status, media_type="application/json")


@router.get("/v1/operator/evidence/{evidence_id}", summary="One piece with its chain of custody", responses=REFUSALS)
async def one(evidence_id: EvidenceId, caller: Reader, database: DatabaseDep) -> EvidenceWithCustody:
    async with database.transaction() as session:
        item = await service.known(session, evidence_id)
        caller.check_district(item.district_id)
        chain = [custody.told(entry) for entry in await repository.chain(session, evidence_id)]
    return EvidenceWithCustody(evidence=EvidenceOut.of(item), custody=chain, whole=custody.first_break(chain) is None)


@router.get(
    "/v1/operator/evidence/{evidence_id}/content",
    summary="What a piece shows; the look is an entry in its chain",
    response_class=Response,
    responses=REFUSALS,
)
async def content(
    evidence_id: EvidenceId,
    caller: Person,
    database: DatabaseDep,
    store: Store,
    clock: ClockDep,
    purpose: Annotated[str, Query(min_length=3, max_length=200, examples=["objection A-17"])],
) -> Response:
    """For persons alone, who say why they look."""
    async with database.transaction() as session:
        caller.check_district((await service.known(session, evidence_id)).district_id)
        item, shown = await store.look(session, evidence_id, actor=caller.actor, purpose=purpose, at=clock())
    return Response(shown, 200, _guarded(evidence_id), media_type=item.media_type)


def _guarded(evidence_id: str) -> dict[str, str]:
    """Nothing that came from outside runs in our pages, and no shared computer keeps a copy."""
    return {
        "Cache-Control": "no-store",
        "Content-Disposition": f'inline; filename="{evidence_id}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
