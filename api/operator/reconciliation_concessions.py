"""Concessions as those see them who pay or run them: contract terms, excused outages, daily batches, statements."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.auth.accounts import audit
from api.operator.money_access import scope_of
from api.operator.reconciliation_access import (
    REFUSALS,
    Approver,
    Clerk,
    ClockDep,
    ConcessionId,
    DatabaseDep,
    Reader,
    check_city,
    check_concession,
    covers,
)
from api.operator.reconciliation_documents import batch_out, concession_out, statement_out
from api.operator.reconciliation_schemas import (
    BatchesIn,
    BatchList,
    ConcessionList,
    ConcessionOut,
    OutageIn,
    StatementOut,
    TermsIn,
)
from parking.domain.errors import InvalidInputError
from parking.domain.time_span import TimeSpan
from pricing.reconciliation import export, terms
from pricing.reconciliation.batches import settle_until
from pricing.reconciliation.model import Terms
from pricing.reconciliation.statement import statement_of

router = APIRouter(tags=["operators"])
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Month = Annotated[str, Path(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$", examples=["2026-06"])]


@router.get("/v1/operator/concessions", summary="Concessions and their terms", responses=REFUSALS)
async def list_concessions(caller: Reader, database: DatabaseDep) -> ConcessionList:
    async with database.transaction() as session:
        scope = scope_of(caller)
        seen = [place for place in await terms.concessions(session) if covers(scope, place)]
        return ConcessionList(
            concessions=[concession_out(place, await terms.terms_of(session, place.concession_id)) for place in seen]
        )


@router.post("/v1/operator/concessions/{concession}/terms", status_code=201, summary="Set terms", responses=REFUSALS)
async def set_terms(
    concession: ConcessionId, wish: TermsIn, caller: Approver, database: DatabaseDep, clock: ClockDep
) -> ConcessionOut:
    """For days that have none yet; what was settled by is never changed."""
    now = clock()
    async with database.transaction() as session:
        check_city(caller)
        place = await check_concession(session, caller, concession)
        wanted = Terms(concession_id=concession, operator_id=place.operator_id, **wish.model_dump())
        await terms.set_terms(session, wanted, by=caller.actor, at=now)
        details = wish.model_dump(mode="json")
        await audit.record(session, caller, "terms.set", concession, at=now, details=details)
        return concession_out(place, await terms.terms_of(session, concession))


@router.post("/v1/operator/excused-outages", status_code=204, summary="Excuse an outage", responses=REFUSALS)
async def excuse_outage(wish: OutageIn, caller: Approver, database: DatabaseDep, clock: ClockDep) -> None:
    """Its time is in neither part of the online rate. A month that is settled stays as it was."""
    now = clock()
    if wish.end <= wish.start:
        raise InvalidInputError("an outage ends after it starts", code="outage_invalid")
    async with database.transaction() as session:
        check_city(caller)
        if wish.concession is not None:
            await check_concession(session, caller, wish.concession)
        await terms.excuse(
            session,
            outage_id=wish.id,
            concession_id=wish.concession,
            during=TimeSpan(wish.start, wish.end),
            reason=wish.reason,
            by=caller.actor,
            at=now,
        )
        await audit.record(session, caller, "outage.excused", wish.id, at=now, details=wish.model_dump(mode="json"))


@router.post(
    "/v1/operator/concessions/{concession}/batches",
    status_code=201,
    summary="Settle the days that are over",
    responses=REFUSALS,
)
async def settle(
    concession: ConcessionId, wish: BatchesIn, caller: Clerk, database: DatabaseDep, clock: ClockDep
) -> BatchList:
    """Each payment and refund is in one batch. Asked again, only what is missing is made: an empty list when nothing is."""
    now = clock()
    async with database.transaction() as session:
        check_city(caller)
        made = await settle_until(session, concession, wish.until, by=caller.actor, at=now)
        if made:
            details = {"from": made[0].day.isoformat(), "until": made[-1].day.isoformat()}
            await audit.record(session, caller, "batch.made", concession, at=now, details=details)
    return BatchList(batches=[batch_out(batch) for batch in made])


@router.get(
    "/v1/operator/concessions/{concession}/statements/{month}", summary="A month's statement", responses=REFUSALS
)
async def read_statement(
    concession: ConcessionId, month: Month, caller: Reader, database: DatabaseDep, clock: ClockDep
) -> StatementOut:
    async with database.transaction() as session:
        await check_concession(session, caller, concession)
        return statement_out(await statement_of(session, concession, date.fromisoformat(f"{month}-01"), at=clock()))


@router.get(
    "/v1/operator/concessions/{concession}/statements/{month}/table",
    summary="A month's statement as a table",
    response_class=Response,
    responses=REFUSALS | {200: {"content": {"text/csv": {}, SPREADSHEET: {}}}},
)
async def export_statement(
    concession: ConcessionId,
    month: Month,
    caller: Reader,
    database: DatabaseDep,
    clock: ClockDep,
    form: Annotated[Literal["csv", "xlsx"], Query()] = "csv",
) -> Response:
    async with database.transaction() as session:
        await check_concession(session, caller, concession)
        found = await statement_of(session, concession, date.fromisoformat(f"{month}-01"), at=clock())
    name = f"{concession.replace(':', '-')}-{month}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form == "csv":
        return Response(export.as_csv(found), media_type="text/csv; charset=utf-8", headers=headers)
    return Response(export.as_spreadsheet(found), media_type=SPREADSHEET, headers=headers)
