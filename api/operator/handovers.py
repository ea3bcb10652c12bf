"""Hand-overs over HTTP: one person of the city or district prepares, another makes the package, either fetches it."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.deps import provided
from api.errors import problem_answers
from api.operator.authority_access import Person, Reader, Second
from api.operator.handover_facts import facts_of
from api.operator.handover_schemas import HandoverIn, HandoverList, HandoverOut
from api.operator.recovery_access import ClockDep, DatabaseDep
from parking.db.idempotency import Answer, checked_key, once
from parking.domain.ids import ID_PATTERN
from parking.evidence import service as evidence
from parking.handovers import repository, service
from parking.handovers.model import Handover
from parking.handovers.service import HandoverDesk
from parking.privacy.vault import PlateVault

router = APIRouter(tags=["operators"])
REFUSALS: Final = problem_answers(400, 401, 403, 404, 409, 503)
Desk = Annotated[HandoverDesk, Depends(provided(HandoverDesk))]
HandoverId = Annotated[str, Path(pattern=ID_PATTERN)]


@router.get("/v1/operator/handovers", summary="Hand-overs, newest first", responses=REFUSALS)
async def listed(
    caller: Reader,
    database: DatabaseDep,
    cursor: Annotated[str | None, Query(max_length=64, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> HandoverList:
    async with database.transaction() as session:
        found = await repository.listed(session, district_id=caller.district_id, after=cursor, limit=limit + 1)
    page = found[:limit]
    following = page[-1].handover_id if len(found) > limit else None
    return HandoverList(handovers=[HandoverOut.of(one) for one in page], next=following)


@router.post(
    "/v1/operator/handovers",
    status_code=201,
    summary="Prepare to hand evidence over to an authority",
    response_model=HandoverOut,
    responses=REFUSALS,
)
async def prepare(
    wish: HandoverIn,
    caller: Person,
    database: DatabaseDep,
    clock: ClockDep,
    key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Response:
    """Nothing leaves before another person has agreed; the pieces are held from now on."""
    now, key = clock(), checked_key(key)
    async with database.transaction() as session:

        async def work() -> Answer:
            handover = await service.prepare(session, wish.wish(), by=caller.actor, at=now)
            caller.check_district(handover.district_id)
            await audit.record(
                session,
                caller,
                "handover.prepared",
                handover.handover_id,
                at=now,
                district_id=handover.district_id,
                details={"authority": wish.authority, "case_number": wish.case_number},
            )
            return Answer(201, HandoverOut.of(handover).model_dump_json().encode())

        body = wish.model_dump(mode="json")
        answer = await once(session, scope=f"handovers:{caller.actor}", key=key, body=body, work=work)
    return Response(answer.body, answer.status, media_type="application/json")


@router.get("/v1/operator/handovers/{handover_id}", summary="One hand-over", responses=REFUSALS)
async def one(handover_id: HandoverId, caller: Reader, database: DatabaseDep) -> HandoverOut:
    async with database.transaction() as session:
        return HandoverOut.of(await _reached(session, caller, handover_id))


@router.post("/v1/operator/handovers/{handover_id}/approve", summary="Make and sign the package", responses=REFUSALS)
async def approve(
    handover_id: HandoverId,
    caller: Second,
    database: DatabaseDep,
    desk: Desk,
    plates: Annotated[PlateVault, Depends(provided(PlateVault))],
    clock: ClockDep,
) -> HandoverOut:
    """By another person than who prepared it. The plates that it names in clear are written down as revealed."""
    now = clock()
    async with database.transaction() as session:
        await _reached(session, caller, handover_id)
        handover = await service.decidable(session, handover_id, by=caller.actor)
        items = [await evidence.known(session, evidence_id) for evidence_id in handover.evidence_ids]
        purpose = f"handover {handover_id} to {handover.authority}, {handover.case_number}"
        facts = await facts_of(session, plates, items, actor=caller.actor, purpose=purpose, at=now)
        made = await desk.make(session, handover_id, facts, by=caller.actor, at=now)
        await audit.record(
            session,
            caller,
            "handover.made",
            handover_id,
            at=now,
            district_id=made.district_id,
            details={"sha256": made.sha256, "key": made.key_id},
        )
    return HandoverOut.of(made)


@router.post("/v1/operator/handovers/{handover_id}/refuse", summary="Refuse a hand-over", responses=REFUSALS)
async def refuse(handover_id: HandoverId, caller: Second, database: DatabaseDep, clock: ClockDep) -> HandoverOut:
    now = clock()
    async with database.transaction() as session:
        await _reached(session, caller, handover_id)
        refused = await service.refuse(session, handover_id, by=caller.actor, at=now)
        await audit.record(session, caller, "handover.refused", handover_id, at=now, district_id=refused.district_id)
    return HandoverOut.of(refused)


@router.get(
    "/v1/operator/handovers/{handover_id}/package",
    summary="The package; that it was fetched is an entry in the chain of each piece",
    response_class=Response,
    responses=REFUSALS,
)
async def package(
    handover_id: HandoverId, caller: Person, database: DatabaseDep, desk: Desk, clock: ClockDep
) -> Response:
    """A ZIP that `parking evidence verify` looks at without any service."""
    now = clock()
    async with database.transaction() as session:
        handover = await _reached(session, caller, handover_id)
        content = await desk.collect(session, handover_id, by=caller.actor, at=now)
        await audit.record(session, caller, "handover.collected", handover_id, at=now, district_id=handover.district_id)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="evidence-{handover_id}.zip"'}
    return Response(content, 200, headers, media_type="application/zip")


@router.post("/v1/operator/handovers/{handover_id}/release", summary="The authority is done", responses=REFUSALS)
async def release(handover_id: HandoverId, caller: Person, database: DatabaseDep, clock: ClockDep) -> HandoverOut:
    """The package is deleted here, and the pieces go when their own time is over."""
    now = clock()
    async with database.transaction() as session:
        await _reached(session, caller, handover_id)
        released = await service.release(session, handover_id, by=caller.actor, at=now)
        await audit.record(session, caller, "handover.released", handover_id, at=now, district_id=released.district_id)
    return HandoverOut.of(released)


async def _reached(session: AsyncSession, caller: Caller, handover_id: str) -> Handover:
    """Raises NotFoundError `handover_unknown`, ForbiddenError `district_forbidden`."""
    handover = await service.get(session, handover_id)
    caller.check_district(handover.district_id)
    return handover
