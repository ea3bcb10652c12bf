"""Rate tables by hand: keep a draft with its document, publish it as the second person, see every version."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.auth.model import ForbiddenError
from api.deps import clock_of, provided, require_role
from api.errors import problem_answers
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import NotFoundError
from parking.places.tables import PriceDocumentRow, ZoneRow
from pricing.rates import repository, service
from pricing.rates.policy_file import parse_policy
from pricing.rates.publication import publish_within_document
from pricing.rates.repository import RateVersion
from pricing.validation.validator import refuse_unsound

router = APIRouter(tags=["operators"])
DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Reader = Annotated[Caller, Depends(require_role("operator", "approver", "admin"))]
Preparer = Annotated[Caller, Depends(require_role("operator", "approver"))]
Approver = Annotated[Caller, Depends(require_role("approver"))]
REFUSALS = problem_answers(400, 401, 403, 404, 409, 413, 503)


class DraftIn(BaseModel):
    """A rate table in its human-writable form, the document that allows it, and where it is to hold."""

    model_config = ConfigDict(extra="forbid")

    policy: str = Field(max_length=200_000, description="TOML as `parking quote --policy` reads it")
    price_document: str
    zones: list[str] | None = Field(default=None, min_length=1, description="Null: wherever the table prices something")


class PublicationIn(BaseModel):
    """When the table is to begin."""

    model_config = ConfigDict(extra="forbid")

    effective_from: AwareDatetime


class RateVersionOut(BaseModel):
    """One version of a rate table; `prepared_by` and `approved_by` are two persons."""

    rate_table: str
    version: int
    state: Literal["draft", "published"]
    title: str
    title_en: str
    price_document: str | None
    zones: list[str] | None
    prepared_by: str
    prepared_at: datetime
    approved_by: str | None
    published_at: datetime | None
    effective_from: datetime | None
    table: dict[str, Any] = Field(description="Lines, free allowance, quota and legal basis")


class RateVersionList(BaseModel):
    """Every version, by table and number."""

    rates: list[RateVersionOut]


@router.get("/v1/operator/rates", summary="Every version of every rate table", responses=problem_answers(401, 403))
async def rates(_caller: Reader, database: DatabaseDep) -> RateVersionList:
    async with database.transaction() as session:
        return RateVersionList(rates=[_shown(version) for version in await repository.versions(session)])


@router.get("/v1/operator/rates/{rate_table_id}/{version}", summary="One version", responses=REFUSALS)
async def rate(rate_table_id: str, version: int, _caller: Reader, database: DatabaseDep) -> RateVersionOut:
    async with database.transaction() as session:
        return _shown(await service.version_of(session, rate_table_id, version))


@router.post("/v1/operator/rates", status_code=201, summary="Keep a draft", responses=REFUSALS)
async def draft(wish: DraftIn, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> RateVersionOut:
    """The caller prepared it and cannot publish it."""
    table = parse_policy(wish.policy.encode())
    async with database.transaction() as session:
        if await session.get(PriceDocumentRow, wish.price_document) is None:
            raise NotFoundError(
                f"there is no price document {wish.price_document[:64]!r}", code="price_document_unknown"
            )
        await _check_places(session, caller, None if wish.zones is None else tuple(wish.zones))
        kept = await service.draft(
            session,
            table,
            price_document_id=wish.price_document,
            prepared_by=caller.actor,
            at=clock(),
            zone_ids=None if wish.zones is None else tuple(wish.zones),
        )
        return await _told(session, caller, "rate.drafted", kept, clock)


@router.post(
    "/v1/operator/rates/{rate_table_id}/{version}/publish",
    summary="Publish a draft, as the second person",
    responses=REFUSALS,
)
async def publish(
    rate_table_id: str,
    version: int,
    publication: PublicationIn,
    caller: Approver,
    database: DatabaseDep,
    clock: ClockDep,
) -> RateVersionOut:
    """Refused for a price that the document does not allow, and before the document is in force."""
    async with database.transaction() as session:
        found = await service.version_of(session, rate_table_id, version)
        await _check_places(session, caller, found.zone_ids)
        published = await publish_within_document(
            session,
            rate_table_id,
            version,
            effective_from=publication.effective_from,
            approved_by=caller.actor,
            at=clock(),
            refuse_unsound=refuse_unsound,
        )
        return await _told(session, caller, "rate.published", published, clock)


async def _check_places(session: AsyncSession, caller: Caller, zone_ids: tuple[str, ...] | None) -> None:
    if zone_ids is None:
        if caller.district_id is not None:
            raise ForbiddenError("a table for every zone is beyond one district", code="district_forbidden")
        return
    rows = await session.execute(select(ZoneRow.zone_id, ZoneRow.district_id).where(ZoneRow.zone_id.in_(zone_ids)))
    districts = {row.zone_id: row.district_id for row in rows}
    for zone_id in zone_ids:
        if zone_id not in districts:
            raise NotFoundError(f"there is no zone {zone_id[:64]!r}", code="zone_unknown")
        caller.check_district(districts[zone_id])


async def _told(
    session: AsyncSession, caller: Caller, action: str, version: RateVersion, clock: Clock
) -> RateVersionOut:
    await audit.record(session, caller, action, f"{version.table.rate_table_id}/{version.table.version}", at=clock())
    return _shown(version)


def _shown(version: RateVersion) -> RateVersionOut:
    return RateVersionOut(
        rate_table=version.table.rate_table_id,
        version=version.table.version,
        state=version.state,
        title=version.table.title,
        title_en=version.table.title_en,
        price_document=version.price_document_id,
        zones=None if version.zone_ids is None else list(version.zone_ids),
        prepared_by=version.prepared_by,
        prepared_at=version.prepared_at,
        approved_by=version.approved_by,
        published_at=version.published_at,
        effective_from=version.effective_from,
        table=msgspec.to_builtins(version.table),
    )
