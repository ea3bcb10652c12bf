"""Policies by which prices are reviewed: tried on the prices of today, put forward, approved by a second person, followed by every review."""

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.auth.model import ForbiddenError
from api.operator.policy_schemas import (
    PolicyIn,
    PolicyOut,
    PutForwardIn,
    ScopeOut,
    ScopesOut,
    TrialIn,
    TrialOut,
    policy_out,
    trial_out,
)
from api.operator.proposal_schemas import RejectionIn
from api.operator.rate_access import REFUSALS, Approver, ClockDep, DatabaseDep, Preparer, Reader
from parking.domain.clock import Clock
from pricing.proposals import policies, policy_store
from pricing.proposals.policy import PolicyVersion, ReviewPolicy

router = APIRouter(tags=["operators"])
CITY_NAMES = ("全市", "The city")


@router.get("/v1/operator/review-policies", summary="Policies of the city and its districts", responses=REFUSALS)
async def review_policies(caller: Reader, database: DatabaseDep) -> ScopesOut:
    async with database.transaction() as session:
        districts = await policy_store.districts(session)
        in_force = await policy_store.in_force(session)
        every = await policy_store.versions(session)
    scopes: list[tuple[str | None, tuple[str, str]]] = [(None, CITY_NAMES)]
    scopes += [(district, names) for district, names in districts.items() if caller.covers(district)]
    return ScopesOut(
        scopes=[
            _scope(district, names, in_force, [one for one in every if one.district_id == district])
            for district, names in scopes
        ]
    )


@router.post("/v1/operator/review-policies/trial", summary="What a policy would do today", responses=REFUSALS)
async def trial(wish: TrialIn, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> TrialOut:
    """Nothing is written; limits that cannot hold together are refused with their names."""
    _check(caller, wish.district)
    async with database.transaction() as session:
        return trial_out(await policies.tried(session, wish.policy.policy(), wish.district, at=clock()))


@router.post("/v1/operator/review-policies", status_code=201, summary="Put a policy forward", responses=REFUSALS)
async def put_forward(wish: PutForwardIn, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> PolicyOut:
    """It is tried on the prices of today first; another person approves it."""
    _check(caller, wish.district)
    async with database.transaction() as session:
        version = await policies.put_forward(
            session,
            None if wish.policy is None else wish.policy.policy(),
            wish.district,
            by=caller.actor,
            reason=wish.reason,
            at=clock(),
        )
        return await _told(session, caller, "policy.put_forward", version, clock)


@router.post(
    "/v1/operator/review-policies/{policy_id}/approve", summary="Agree, as the second person", responses=REFUSALS
)
async def approve(policy_id: str, caller: Approver, database: DatabaseDep, clock: ClockDep) -> PolicyOut:
    """From now on every review follows it; proposals that are already made keep the one they were made by."""
    async with database.transaction() as session:
        await _found(session, caller, policy_id)
        approved = await policies.approve(session, policy_id, by=caller.actor, at=clock())
        return await _told(session, caller, "policy.approved", approved, clock)


@router.post("/v1/operator/review-policies/{policy_id}/reject", summary="Say no, or take it back", responses=REFUSALS)
async def reject(
    policy_id: str, rejection: RejectionIn, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> PolicyOut:
    async with database.transaction() as session:
        await _found(session, caller, policy_id)
        rejected = await policies.reject(session, policy_id, by=caller.actor, because=rejection.because, at=clock())
        return await _told(session, caller, "policy.rejected", rejected, clock)


def _check(caller: Caller, district_id: str | None) -> None:
    """Raise `ForbiddenError` (`district_forbidden`): what holds in the whole city is beyond one district."""
    if district_id is not None:
        caller.check_district(district_id)
    elif caller.district_id is not None:
        raise ForbiddenError("the city's policy is beyond one district", code="district_forbidden")


async def _found(session: AsyncSession, caller: Caller, policy_id: str) -> None:
    _check(caller, (await policy_store.find(session, policy_id)).district_id)


async def _told(session: AsyncSession, caller: Caller, action: str, version: PolicyVersion, clock: Clock) -> PolicyOut:
    details = {"district": version.district_id, "version": version.version, "reason": version.because or version.reason}
    await audit.record(session, caller, action, version.policy_id, at=clock(), details=details)
    return policy_out(version)


def _scope(
    district_id: str | None,
    names: tuple[str, str],
    in_force: dict[str | None, PolicyVersion],
    versions: list[PolicyVersion],
) -> ScopeOut:
    followed = in_force.get(district_id) or in_force.get(None)
    policy = ReviewPolicy() if followed is None or followed.policy is None else followed.policy
    return ScopeOut(
        district=district_id,
        name=names[0],
        name_en=names[1],
        policy=PolicyIn.of(policy),
        in_force=None if followed is None else followed.policy_id,
        is_own=district_id is None or district_id in in_force,
        versions=[policy_out(one) for one in versions],
    )
