"""Cases over HTTP: by district and role, every write in the audit; a decision acts at once or not at all."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.auth.accounts.repository import account_by_name
from api.auth.model import CITY
from api.deps import provided
from api.errors import problem_answers
from api.operator.authority_access import Person, Reader
from api.operator.case_schemas import (
    AssignmentIn,
    CaseDecisionIn,
    CaseList,
    CaseOut,
    CaseStep,
    DecidedCase,
    EvidenceIn,
    ReportIn,
    WholeCase,
)
from api.operator.recovery_access import ClockDep, DatabaseDep
from api.uploads import of_space
from parking.casework import repository, service
from parking.casework.model import Case, CaseKind, Stage
from parking.db.idempotency import Answer, checked_key, once
from parking.domain.errors import NotFoundError
from parking.domain.ids import ID_PATTERN
from parking.privacy.vault import PlateVault
from pricing.settlement import appeals

router = APIRouter(tags=["operators"])
REFUSALS: Final = problem_answers(400, 401, 403, 404, 409, 503)
CaseId = Annotated[str, Path(pattern=ID_PATTERN)]
Identifier = Annotated[str | None, Query(pattern=ID_PATTERN)]


@router.get("/v1/operator/cases", summary="Cases, newest first", responses=REFUSALS)
async def listed(
    caller: Reader,
    database: DatabaseDep,
    kind: Annotated[list[CaseKind] | None, Query()] = None,
    stage: Annotated[list[Stage] | None, Query(description="Without it, those that are not closed")] = None,
    space: Identifier = None,
    assigned_to: Annotated[str | None, Query(max_length=40)] = None,
    cursor: Annotated[str | None, Query(max_length=64, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> CaseList:
    async with database.transaction() as session:
        found = await service.listed(
            session,
            district_id=caller.district_id,
            kinds=kind,
            stages=("filed", "dispatched") if stage is None else stage,
            space_id=space,
            assigned_to=assigned_to,
            after=cursor,
            limit=limit + 1,
        )
    page = found[:limit]
    following = page[-1].case_id if len(found) > limit else None
    return CaseList(cases=[CaseOut.of(case) for case in page], next=following)


@router.post(
    "/v1/operator/cases",
    status_code=201,
    summary="Write down what somebody has seen or told",
    response_model=CaseOut,
    responses=REFUSALS,
)
async def report(
    wish: ReportIn,
    caller: Person,
    database: DatabaseDep,
    clock: ClockDep,
    key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Response:
    """A case of this kind that is open about the space, or the stay on it, is added to."""
    now, key = clock(), checked_key(key)
    async with database.transaction() as session:

        async def work() -> Answer:
            await of_space(session, caller, wish.space)
            case = await service.report(session, wish.report(), by=caller.actor, at=now)
            await _record(session, caller, "case.reported", case, now)
            return Answer(201, CaseOut.of(case).model_dump_json().encode())

        body = wish.model_dump(mode="json")
        answer = await once(session, scope=f"cases:{caller.actor}", key=key, body=body, work=work)
    return Response(answer.body, answer.status, media_type="application/json")


@router.get("/v1/operator/cases/{case_id}", summary="A case with everything that was done", responses=REFUSALS)
async def one(case_id: CaseId, caller: Reader, database: DatabaseDep) -> WholeCase:
    async with database.transaction() as session:
        case = await _reached(session, caller, case_id)
        steps = await repository.steps(session, case_id)
        evidence = await repository.evidence_of(session, case_id)
    told = [CaseStep(at=row.at, actor=row.actor, step=row.step, details=row.details) for row in steps]
    return WholeCase(case=CaseOut.of(case), steps=told, evidence=evidence)


@router.post("/v1/operator/cases/{case_id}/assign", summary="Give a case to a person", responses=REFUSALS)
async def assign(
    case_id: CaseId, wish: AssignmentIn, caller: Person, database: DatabaseDep, clock: ClockDep
) -> CaseOut:
    """To an account of the city or the case's district that is in use; to the same one again it has no effect."""
    now = clock()
    async with database.transaction() as session:
        known = await _reached(session, caller, case_id)
        await _check_assignee(session, wish.to, known.district_id)
        case = await service.assign(session, case_id, to=wish.to, by=caller.actor, at=now)
        await _record(session, caller, "case.assigned", case, now)
    return CaseOut.of(case)


@router.post("/v1/operator/cases/{case_id}/evidence", summary="Add evidence to a case", responses=REFUSALS)
async def add_evidence(
    case_id: CaseId, wish: EvidenceIn, caller: Person, database: DatabaseDep, clock: ClockDep
) -> CaseOut:
    """It is kept while the case is open, whatever its retention says."""
    now = clock()
    async with database.transaction() as session:
        await _reached(session, caller, case_id)
        case = await service.add_evidence(session, case_id, wish.evidence, by=caller.actor, at=now)
        await _record(session, caller, "case.evidence_added", case, now)
    return CaseOut.of(case)


@router.post("/v1/operator/cases/{case_id}/decision", summary="Decide a case", responses=REFUSALS)
async def decide(
    case_id: CaseId,
    wish: CaseDecisionIn,
    caller: Person,
    database: DatabaseDep,
    clock: ClockDep,
    plates: Annotated[PlateVault, Depends(provided(PlateVault))],
) -> DecidedCase:
    """`reassign` gives the money back that the wrong vehicle has paid; invoiced money needs its red invoice first."""
    now, decision = clock(), wish.decision()
    async with database.transaction() as session:
        known = await _reached(session, caller, case_id)
        plate = None if wish.right_plate is None else await plates.seal(session, wish.right_plate, now)
        given = []
        if plate is not None and wish.outcome == "reassign" and known.session_id is not None:
            given = await appeals.give_to(session, known.session_id, plate, why=wish.reason, by=caller.actor, at=now)
        case = await service.decide(session, case_id, decision, by=caller.actor, at=now, right_plate=plate)
        await _record(session, caller, "case.decided", case, now)
    return DecidedCase(case=CaseOut.of(case), refunds=[refund.refund_id for refund in given])


async def _reached(session: AsyncSession, caller: Caller, case_id: str) -> Case:
    """Raises NotFoundError `case_unknown`, ForbiddenError `district_forbidden`."""
    case = await service.get(session, case_id)
    caller.check_district(case.district_id)
    return case


async def _check_assignee(session: AsyncSession, name: str, district_id: str) -> None:
    """Raise NotFoundError `assignee_unknown` for whoever could not work on the case."""
    account = await account_by_name(session, name)
    works_here = account is not None and account.closed_at is None and account.employer == CITY
    decides = account is not None and account.role in {"operator", "approver"}
    if account is None or not (works_here and decides) or account.district_id not in {None, district_id}:
        raise NotFoundError(f"nobody named {name[:40]!r} can work on this case", code="assignee_unknown")


async def _record(session: AsyncSession, caller: Caller, action: str, case: Case, at: datetime) -> None:
    details = {"kind": case.kind} if case.outcome is None else {"kind": case.kind, "outcome": case.outcome}
    await audit.record(session, caller, action, case.case_id, at=at, district_id=case.district_id, details=details)
