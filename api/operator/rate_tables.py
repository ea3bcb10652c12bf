"""The workbench of tariffs: every version with where it stands, drafts, their findings, and what they would have charged.

The steps from a draft to the street are `rate_steps`', signs `rate_signs`', freezes and reverts `rate_holds`'.
"""

import asyncio
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import HTMLResponse, Response

from api.auth.accounts import audit as operations
from api.auth.accounts.model import Caller
from api.errors import problem_answers
from api.operator.rate_access import (
    REFUSALS,
    ClockDep,
    DatabaseDep,
    Preparer,
    Reader,
    TableId,
    Version,
    check_zones,
    readable,
    shows,
    zones_of,
)
from api.operator.rate_documents import checked, desk, step_done
from api.operator.rate_schemas import (
    CheckOut,
    DraftIn,
    PolicyIn,
    PriceDocumentList,
    PriceDocumentOut,
    RateVersionOut,
    RateVersionPage,
    SimulationOut,
    StepPage,
    Zone,
)
from parking.db.city_calendar import calendars_of
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.domain.ids import ID_PATTERN
from parking.domain.time_span import TimeSpan
from parking.places.tables import PriceDocumentRow
from pricing.rates import audit, repository, service
from pricing.rates.policy_file import parse_policy
from pricing.rates.policy_writer import write_policy
from pricing.rates.repository import RateVersion, State
from pricing.simulation.model import SimulationResult
from pricing.simulation.report.as_json import as_data
from pricing.simulation.report.page import page as report_page
from pricing.simulation.service import simulate_draft
from pricing.validation.in_file import check_policy

router = APIRouter(tags=["operators"])
LONGEST_DAYS: Final = 92
"""Of a simulation beside the running service; `parking rates simulate` has no limit."""
REPORT_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
First = Annotated[date, Query(alias="from", description="First local day of the recorded stays")]
Last = Annotated[date, Query(alias="to", description=f"Last local day, included; at most {LONGEST_DAYS} days")]
Elasticity = Annotated[
    float | None, Query(ge=-5, le=0, description="Of parked time to its price; a stated prior unless given")
]
OnlyZones = Annotated[
    list[Zone] | None, Query(alias="zone", max_length=1000, description="Only these zones; repeatable")
]


@router.get("/v1/operator/rate-tables", summary="Versions of tariffs, newest first", responses=REFUSALS)
async def rate_tables(
    caller: Reader,
    database: DatabaseDep,
    clock: ClockDep,
    state: Annotated[State | None, Query(description="Only those in this state")] = None,
    rate_table: Annotated[str | None, Query(pattern=ID_PATTERN, description="Only versions of this one")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=100, description="`next` of the page before")] = None,
) -> RateVersionPage:
    """An account of one district sees its own tariffs and those of the whole city."""
    async with database.transaction() as session:
        look = await desk(session, caller, clock())
        found = [
            version
            for version in await repository.versions(session)
            if shows(version, look.own_zones)
            and (state is None or version.state == state)
            and (rate_table is None or version.table.rate_table_id == rate_table)
        ]
    found.sort(key=lambda one: (one.prepared_at, one.table.rate_table_id, one.table.version), reverse=True)
    rest = _after(found, cursor)
    following = rest[limit - 1].name if len(rest) > limit else None
    return RateVersionPage(rate_tables=[look.summary(one) for one in rest[:limit]], next=following)


@router.get("/v1/operator/price-documents", summary="Registered price documents", responses=problem_answers(401, 403))
async def price_documents(_caller: Reader, database: DatabaseDep) -> PriceDocumentList:
    async with database.transaction() as session:
        rows = await session.scalars(select(PriceDocumentRow).order_by(PriceDocumentRow.number))
        found = [
            PriceDocumentOut(
                id=row.price_document_id,
                number=row.number,
                authority=row.authority,
                form=row.form,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
            )
            for row in rows
        ]
    return PriceDocumentList(price_documents=found)


@router.post("/v1/operator/rate-tables/validate", summary="Everything wrong in a tariff", responses=REFUSALS)
async def validate(wish: PolicyIn, _caller: Reader, database: DatabaseDep) -> CheckOut:
    """Mistakes of the file with their lines, else findings with the stays that show them, and its sentences."""
    async with database.transaction() as session:
        calendars = calendars_of(session)
    return checked(await asyncio.to_thread(check_policy, wish.toml.encode(), calendars))


@router.post("/v1/operator/rate-tables", status_code=201, summary="Keep a draft", responses=REFUSALS)
async def draft(wish: DraftIn, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> RateVersionOut:
    """The next version of its `rate_table`, whatever number the file says; the caller neither reviews nor approves it."""
    table = parse_policy(wish.toml.encode())
    async with database.transaction() as session:
        if await session.get(PriceDocumentRow, wish.price_document) is None:
            raise NotFoundError(f"there is no price document {wish.price_document!r}", code="price_document_unknown")
        await check_zones(session, caller, wish.zones)
        kept = await service.draft(
            session,
            table,
            price_document_id=wish.price_document,
            prepared_by=caller.actor,
            at=clock(),
            zone_ids=None if wish.zones is None else tuple(dict.fromkeys(wish.zones)),
        )
        subject = f"{kept.table.rate_table_id}/{kept.table.version}"
        await operations.record(session, caller, "rate.drafted", subject, at=clock())
        return (await desk(session, caller, clock())).whole(kept)


@router.get("/v1/operator/rate-tables/{rate_table}/{version}", summary="One version", responses=REFUSALS)
async def rate_table(
    rate_table: TableId, version: Version, caller: Reader, database: DatabaseDep, clock: ClockDep
) -> RateVersionOut:
    async with database.transaction() as session:
        found = await readable(session, caller, rate_table, version)
        return (await desk(session, caller, clock())).whole(found)


@router.get(
    "/v1/operator/rate-tables/{rate_table}/{version}/toml",
    summary="One version as a policy file",
    response_class=Response,
    responses=REFUSALS | {200: {"content": {"application/toml": {}}}},
)
async def export(rate_table: TableId, version: Version, caller: Reader, database: DatabaseDep) -> Response:
    """Every switch is said; the layout and comments of the file it was drafted from are not kept."""
    async with database.transaction() as session:
        found = await readable(session, caller, rate_table, version)
    headers = {"Content-Disposition": f'attachment; filename="{rate_table.replace(":", "-")}-{version}.toml"'}
    return Response(write_policy(found.table), media_type="application/toml", headers=headers)


@router.get("/v1/operator/rate-tables/{rate_table}/{version}/audit", summary="Its steps", responses=REFUSALS)
async def steps(rate_table: TableId, version: Version, caller: Reader, database: DatabaseDep) -> StepPage:
    async with database.transaction() as session:
        await readable(session, caller, rate_table, version)
        rows = await audit.trail(session, rate_table_id=rate_table, version=version, limit=1000)
    return StepPage(steps=[step_done(row) for row in rows], next=None)


@router.get("/v1/operator/rate-audit", summary="Every step of every tariff", responses=REFUSALS)
async def all_steps(
    caller: Reader,
    database: DatabaseDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[int | None, Query(ge=1, le=2**62, description="`next` of the page before")] = None,
) -> StepPage:
    """For accounts of the whole city: freezes and reverts have their steps here too."""
    async with database.transaction() as session:
        await check_zones(session, caller, None)
        rows = await audit.trail(session, before=cursor, limit=limit + 1)
    page = [step_done(row) for row in rows[:limit]]
    return StepPage(steps=page, next=page[-1].id if len(rows) > limit else None)


@router.get(
    "/v1/operator/rate-tables/{rate_table}/{version}/simulation",
    summary="What it would have charged for recorded stays",
    responses=REFUSALS,
)
async def simulation(
    rate_table: TableId,
    version: Version,
    caller: Reader,
    database: DatabaseDep,
    first: First,
    last: Last,
    elasticity: Elasticity = None,
    zone: OnlyZones = None,
) -> SimulationOut:
    """Compared with what was in force when each stay began; nothing is kept."""
    async with database.transaction() as session:
        found = await readable(session, caller, rate_table, version)
        result = await _simulated(session, caller, found, _span(found, first, last), elasticity, zone)
    return SimulationOut.model_validate(as_data(result))


@router.get(
    "/v1/operator/rate-tables/{rate_table}/{version}/simulation.html",
    summary="The same as a page with plots",
    response_class=HTMLResponse,
    responses=REFUSALS,
)
async def simulation_page(
    rate_table: TableId,
    version: Version,
    caller: Reader,
    database: DatabaseDep,
    first: First,
    last: Last,
    elasticity: Elasticity = None,
    zone: OnlyZones = None,
) -> HTMLResponse:
    async with database.transaction() as session:
        found = await readable(session, caller, rate_table, version)
        result = await _simulated(session, caller, found, _span(found, first, last), elasticity, zone)
    written = await asyncio.to_thread(report_page, result, timezone=found.table.timezone)
    return HTMLResponse(written, headers=REPORT_HEADERS)


async def _simulated(
    session: AsyncSession,
    caller: Caller,
    found: RateVersion,
    span: TimeSpan,
    elasticity: float | None,
    zones: list[str] | None,
) -> SimulationResult:
    """Over the zones asked for, else those of the version, in either case only those of the caller's district."""
    wanted = zones if zones is not None else found.zone_ids
    if zones is not None:
        await check_zones(session, caller, zones)
    own = await zones_of(session, caller)
    within = wanted if own is None else own if wanted is None else own.intersection(wanted)
    return await simulate_draft(
        session,
        found.table,
        None if within is None else sorted(within),
        span,
        elasticity,
        calendars=calendars_of(session),
    )


def _span(found: RateVersion, first: date, last: date) -> TimeSpan:
    """Raise `InvalidInputError` (`span_invalid`)."""
    if not date(1971, 1, 1) <= first <= last <= date(2200, 1, 1) or (last - first).days >= LONGEST_DAYS:
        raise InvalidInputError(f"name two days in order, at most {LONGEST_DAYS} days apart", code="span_invalid")
    zone = ZoneInfo(found.table.timezone)
    begin, end = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in (first, last + timedelta(days=1)))
    return TimeSpan(begin, end)


def _after(found: list[RateVersion], cursor: str | None) -> list[RateVersion]:
    """Raise `InvalidInputError` (`cursor_invalid`)."""
    if cursor is None:
        return found
    names = [one.name for one in found]
    if cursor not in names:
        raise InvalidInputError("this is the cursor of no page", code="cursor_invalid")
    return found[names.index(cursor) + 1 :]
