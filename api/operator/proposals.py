"""Proposals of new prices: ask for a review, edit one, approve it as the second person, publish it, look at what came of it."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import HTMLResponse

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.operator.proposal_outcomes import EditIn, EffectOut, GoingBackIn, PreviewIn, effect_out
from api.operator.proposal_schemas import (
    ApprovalIn,
    ProposalOut,
    ProposalPage,
    RejectionIn,
    ReviewIn,
    summary,
    whole,
)
from api.operator.rate_access import REFUSALS, Approver, ClockDep, DatabaseDep, Preparer, Reader
from api.operator.rate_tables import REPORT_HEADERS
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.places.tables import ZoneRow
from pricing.evaluation.report.page import page as report_page
from pricing.proposals import checks, editing, going_back, policy_store, reporting, repository, service, watch
from pricing.proposals.model import Proposal, ProposalState

router = APIRouter(tags=["operators"])


@router.get("/v1/operator/proposals", summary="Proposals of new prices, newest first", responses=REFUSALS)
async def proposals(
    caller: Reader,
    database: DatabaseDep,
    state: Annotated[ProposalState | None, Query(description="Only those in this state")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> ProposalPage:
    async with database.transaction() as session:
        found = await repository.page(
            session, state=state, after=cursor, limit=limit + 1, district_id=caller.district_id
        )
    following = found[limit - 1].proposal_id if len(found) > limit else None
    return ProposalPage(proposals=[summary(proposal) for proposal in found[:limit]], next=following)


@router.post("/v1/operator/proposals", status_code=201, summary="Review prices now", responses=REFUSALS)
async def review(wish: ReviewIn, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> ProposalOut:
    """Read what was measured and propose; the caller answers for the proposal and cannot approve it."""
    async with database.transaction() as session:
        zone_ids = await _zones_of(session, caller, wish)
        proposal = await service.propose(
            session,
            at=clock(),
            prepared_by=caller.actor,
            policy=None if wish.policy is None else wish.policy.policy(),
            zone_ids=zone_ids,
            weeks=wish.weeks,
        )
        return await _told(session, caller, "proposal.made", proposal, clock)


@router.get("/v1/operator/proposals/{proposal_id}", summary="One proposal with its cells", responses=REFUSALS)
async def proposal(proposal_id: str, caller: Reader, database: DatabaseDep, clock: ClockDep) -> ProposalOut:
    async with database.transaction() as session:
        return await _shown(session, await _found(session, caller, proposal_id), clock)


@router.get(
    "/v1/operator/proposals/{proposal_id}/report.html",
    summary="A page that explains it, with maps and plots",
    response_class=HTMLResponse,
    responses=REFUSALS,
)
async def report(proposal_id: str, caller: Reader, database: DatabaseDep) -> HTMLResponse:
    """Of the newest revision, in Chinese and English; needs nothing else and can be printed."""
    async with database.transaction() as session:
        found = await _found(session, caller, proposal_id)
        rows = await session.execute(
            select(ZoneRow.zone_id, ZoneRow.name, ZoneRow.name_en).where(ZoneRow.zone_id.in_(found.zone_ids))
        )
        names = {row.zone_id: (row.name, row.name_en or row.name) for row in rows}
        told = await reporting.report_of(session, found, names)
    return HTMLResponse(await asyncio.to_thread(report_page, told), headers=REPORT_HEADERS)


@router.post("/v1/operator/proposals/{proposal_id}/prepare", summary="Answer for it", responses=REFUSALS)
async def prepare(proposal_id: str, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> ProposalOut:
    """Take on a proposal that the schedule made; another person may then approve it."""
    async with database.transaction() as session:
        await _found(session, caller, proposal_id)
        taken = await service.take_on(session, proposal_id, by=caller.actor)
        return await _told(session, caller, "proposal.prepared", taken, clock)


@router.post("/v1/operator/proposals/{proposal_id}/preview", summary="What edits would do", responses=REFUSALS)
async def preview(
    proposal_id: str, wish: PreviewIn, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> ProposalOut:
    """The proposal as the edits would leave it: edited prices stay, all others are solved around them; nothing is written."""
    async with database.transaction() as session:
        await _found(session, caller, proposal_id)
        return await _shown(session, await editing.preview(session, proposal_id, edits=wish.all(), at=clock()), clock)


@router.post("/v1/operator/proposals/{proposal_id}/edit", summary="Edit or freeze prices", responses=REFUSALS)
async def edit(proposal_id: str, wish: EditIn, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> ProposalOut:
    """A further revision; the caller answers for the proposal from now on and cannot approve it."""
    async with database.transaction() as session:
        await _found(session, caller, proposal_id)
        edited = await editing.edit(
            session, proposal_id, edits=wish.all(), by=caller.actor, reason=wish.reason, at=clock()
        )
        details = {
            "revision": edited.revision,
            "reason": wish.reason,
            "edits": [one.model_dump() for one in wish.edits],
        }
        return await _told(session, caller, "proposal.edited", edited, clock, details)


@router.get("/v1/operator/proposals/{proposal_id}/effect", summary="What came of it", responses=REFUSALS)
async def effect(proposal_id: str, caller: Reader, database: DatabaseDep, clock: ClockDep) -> EffectOut:
    """The verdict on record, or what was measured so far under prices whose review period has not passed."""
    async with database.transaction() as session:
        found = await _found(session, caller, proposal_id)
        kept = await checks.kept(session, proposal_id)
        return effect_out(kept or await watch.check(session, found, at=clock()), watch.judged_at(found))


@router.post(
    "/v1/operator/proposals/{proposal_id}/go-back",
    status_code=201,
    summary="Propose its former prices",
    responses=REFUSALS,
)
async def go_back(
    proposal_id: str, wish: GoingBackIn, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> ProposalOut:
    """A new proposal of the prices that a published one replaced; another person approves it like any other."""
    async with database.transaction() as session:
        await _found(session, caller, proposal_id)
        back = await going_back.go_back(session, proposal_id, by=caller.actor, reason=wish.reason, at=clock())
        details = {"takes_back": proposal_id, "reason": wish.reason}
        return await _told(session, caller, "proposal.taken_back", back, clock, details)


@router.post("/v1/operator/proposals/{proposal_id}/approve", summary="Agree, as the second person", responses=REFUSALS)
async def approve(
    proposal_id: str, approval: ApprovalIn, caller: Approver, database: DatabaseDep, clock: ClockDep
) -> ProposalOut:
    async with database.transaction() as session:
        await _found(session, caller, proposal_id)
        approved = await service.approve(
            session,
            proposal_id,
            by=caller.actor,
            effective_from=approval.effective_from,
            at=clock(),
            revision=approval.revision,
        )
        return await _told(session, caller, "proposal.approved", approved, clock)


@router.post("/v1/operator/proposals/{proposal_id}/reject", summary="Say no", responses=REFUSALS)
async def reject(
    proposal_id: str, rejection: RejectionIn, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> ProposalOut:
    async with database.transaction() as session:
        await _found(session, caller, proposal_id)
        rejected = await service.reject(session, proposal_id, by=caller.actor, because=rejection.because, at=clock())
        return await _told(session, caller, "proposal.rejected", rejected, clock)


@router.post("/v1/operator/proposals/{proposal_id}/publish", summary="Publish an approved one", responses=REFUSALS)
async def publish(proposal_id: str, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> ProposalOut:
    """All prices that move become versions of their rate tables, in force from the approved instant on, or none does."""
    async with database.transaction() as session:
        await _found(session, caller, proposal_id)
        published = await service.publish(session, proposal_id, by=caller.actor, at=clock())
        return await _told(session, caller, "proposal.published", published, clock)


async def _told(
    session: AsyncSession,
    caller: Caller,
    action: str,
    proposal: Proposal,
    clock: Clock,
    details: Mapping[str, Any] | None = None,
) -> ProposalOut:
    await audit.record(session, caller, action, proposal.proposal_id, at=clock(), details=details)
    return await _shown(session, proposal, clock)


async def _found(session: AsyncSession, caller: Caller, proposal_id: str) -> Proposal:
    """A proposal all of whose zones the caller covers; raises `district_forbidden` otherwise."""
    found = await repository.find(session, proposal_id)
    rows = await session.scalars(select(ZoneRow.district_id).where(ZoneRow.zone_id.in_(found.zone_ids)).distinct())
    for district_id in rows:
        caller.check_district(district_id)
    return found


async def _zones_of(session: AsyncSession, caller: Caller, wish: ReviewIn) -> list[str] | None:
    """The zones to review; None is every zone that follows the city's policy.

    Raises `zones_and_district`, `zone_unknown`, `district_unknown` and `district_forbidden`.
    """
    wanted, district_id = wish.zones, wish.district or caller.district_id
    if wanted is not None and wish.district is not None:
        raise InvalidInputError("name zones or a district", code="zones_and_district")
    if wanted is None and district_id is None:
        return None
    rows = await session.execute(select(ZoneRow.zone_id, ZoneRow.district_id).where(ZoneRow.removed_at.is_(None)))
    districts = {row.zone_id: row.district_id for row in rows}
    if wanted is None and district_id is not None:
        caller.check_district(district_id)
        if district_id not in await policy_store.districts(session):
            raise NotFoundError(f"there is no district {district_id[:64]!r}", code="district_unknown")
        return [zone_id for zone_id, of in districts.items() if of == district_id]
    for zone_id in wanted or ():
        if zone_id not in districts:
            raise NotFoundError(f"there is no zone {zone_id[:64]!r}", code="zone_unknown")
        caller.check_district(districts[zone_id])
    return list(wanted or ())


async def _shown(session: AsyncSession, proposal: Proposal, clock: Clock) -> ProposalOut:
    earliest = await service.earliest(session, proposal, at=clock()) if proposal.state == "proposed" else None
    rows = await session.execute(
        select(ZoneRow.zone_id, ZoneRow.name, ZoneRow.name_en, ZoneRow.area_class).where(
            ZoneRow.zone_id.in_(proposal.zone_ids)
        )
    )
    return whole(proposal, {row.zone_id: (row.name, row.name_en, row.area_class) for row in rows}, earliest)
