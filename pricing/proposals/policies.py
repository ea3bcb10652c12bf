"""Use cases of review policies: tried on the prices of today, put forward by one person, decided by another, followed by every review.

Each in the caller's transaction.
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.events.policy import PolicyApproved, PolicyProposed, PolicyRejected
from pricing.optimizer.comparison import Comparison
from pricing.proposals import policy_store
from pricing.proposals.model import SOURCE, Skipped, TwoPersonsError
from pricing.proposals.policy import PolicyVersion, ReviewPolicy
from pricing.proposals.review import Period, review


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a policy would do to the prices of today. Of a place that is skipped too little is known to say whether its limits hold."""

    cells: int
    moves: int
    skipped: tuple[Skipped, ...]
    comparison: Comparison | None
    """None where no price can be judged."""


def new_policy_id() -> str:
    return f"RP-{uuid.uuid4().hex}"


async def scopes(session: AsyncSession) -> list[str | None]:
    """The city, and the districts that have a policy of their own."""
    return [None, *sorted(one for one in await policy_store.in_force(session) if one is not None)]


async def rhythm(session: AsyncSession, district_id: str | None) -> tuple[timedelta, list[str]]:
    """How often the schedule reviews a scope, and its zones."""
    in_force = await policy_store.in_force(session)
    return _policy(in_force.get(district_id)).review_every, await _zones(session, district_id, in_force)


async def followed(
    session: AsyncSession, zone_ids: Sequence[str] | None
) -> tuple[PolicyVersion | None, Sequence[str] | None]:
    """The policy in force that these zones follow, and the zones; None for the zones is all that follow the city's.

    The policy is None where nobody decided one. Raises `ConflictError` (`policies_differ`).
    """
    in_force = await policy_store.in_force(session)
    own = in_force.keys() - {None}
    if zone_ids is None:
        return in_force.get(None), await _zones(session, None, in_force) if own else None
    of = {
        district if district in own else None
        for district in (await policy_store.districts_of(session, zone_ids)).values()
    }
    if len(of) > 1:
        raise ConflictError(
            "these zones follow different review policies; review each district by itself",
            code="policies_differ",
            fields={"districts": sorted(one for one in of if one is not None)},
        )
    return in_force.get(next(iter(of), None)), zone_ids


async def tried(session: AsyncSession, policy: ReviewPolicy, district_id: str | None, *, at: datetime) -> Trial:
    """Solve the prices of today under it; nothing is written.

    Raises `InvalidInputError` (`policy_invalid`), `NotFoundError` (`district_unknown`, `zone_unknown`) and `PolicyInfeasibleError` with the
    limits that conflict.
    """
    policy.refuse_unsound()
    in_force = await policy_store.in_force(session)
    zone_ids = await _zones(session, district_id, in_force)
    if district_id is not None and district_id not in await policy_store.districts(session):
        raise NotFoundError(f"there is no district {district_id[:64]!r}", code="district_unknown")
    strangers = sorted((policy.frozen | policy.affordability_caps.keys()) - set(zone_ids))
    if strangers:
        raise NotFoundError(
            f"the policy names zones that do not follow it: {', '.join(strangers[:5])}",
            code="zone_unknown",
            fields={"zones": strangers[:5]},
        )
    end = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    period = Period(end - policy.review_every, end)
    found = await review(session, period=period, at=at, wanted=policy, zone_ids=zone_ids)
    return Trial(
        cells=len(found.cells),
        moves=sum(cell.moves for cell in found.cells),
        skipped=found.skipped,
        comparison=None if found.drawn is None else found.drawn.answer.proposed.comparison,
    )


async def put_forward(
    session: AsyncSession,
    policy: ReviewPolicy | None,
    district_id: str | None,
    *,
    by: str,
    reason: str,
    at: datetime,
    new_id: Callable[[], str] = new_policy_id,
) -> PolicyVersion:
    """A version for another person to approve; None lets a district follow the city's again.

    Raises as `tried`, `InvalidInputError` (`policy_missing`) for a city without one, and `ConflictError` (`policy_waits`).
    """
    if policy is not None:
        await tried(session, policy, district_id, at=at)
    elif district_id is None:
        raise InvalidInputError("the city has a policy", code="policy_missing")
    elif district_id not in await policy_store.in_force(session):
        raise ConflictError("this district follows the city's policy", code="policy_missing")
    if any(one.state == "proposed" and one.district_id == district_id for one in await policy_store.versions(session)):
        raise ConflictError("another version waits to be decided", code="policy_waits")
    version = PolicyVersion(
        policy_id=new_id(),
        district_id=district_id,
        version=await policy_store.next_version(session, district_id),
        policy=policy,
        state="proposed",
        reason=reason,
        proposed_by=by,
        proposed_at=at,
    )
    await policy_store.add(session, version)
    fact = PolicyProposed(
        policy_id=version.policy_id,
        district_id=district_id,
        version=version.version,
        is_own=policy is not None,
        reason=reason,
        proposed_at=at,
    )
    await outbox.write(session, fact, source=SOURCE, at=at)
    return version


async def approve(session: AsyncSession, policy_id: str, *, by: str, at: datetime) -> PolicyVersion:
    """A second person puts it into force for every review from now on, if its limits still hold together.

    Raises `PolicyUnknownError`, `PolicyDecidedError`, `TwoPersonsError` and as `tried`.
    """
    found = await policy_store.find(session, policy_id, lock=True)
    found.must_be_open()
    if found.proposed_by == by:
        raise TwoPersonsError("who put a policy forward cannot approve it")
    if found.policy is not None:
        await tried(session, found.policy, found.district_id, at=at)
    approved = replace(found, state="approved", decided_by=by, decided_at=at)
    await policy_store.decide(session, approved)
    fact = PolicyApproved(
        policy_id=policy_id,
        district_id=found.district_id,
        version=found.version,
        is_own=found.policy is not None,
        approved_at=at,
    )
    await outbox.write(session, fact, source=SOURCE, at=at)
    return approved


async def reject(session: AsyncSession, policy_id: str, *, by: str, because: str, at: datetime) -> PolicyVersion:
    """By anybody who may put one forward, the one who did included. Raises `PolicyUnknownError` and `PolicyDecidedError`."""
    found = await policy_store.find(session, policy_id, lock=True)
    found.must_be_open()
    rejected = replace(found, state="rejected", decided_by=by, decided_at=at, because=because)
    await policy_store.decide(session, rejected)
    fact = PolicyRejected(
        policy_id=policy_id,
        district_id=found.district_id,
        version=found.version,
        because=because,
        rejected_at=at,
    )
    await outbox.write(session, fact, source=SOURCE, at=at)
    return rejected


def _policy(version: PolicyVersion | None) -> ReviewPolicy:
    return ReviewPolicy() if version is None or version.policy is None else version.policy


async def _zones(session: AsyncSession, district_id: str | None, in_force: Collection[str | None]) -> list[str]:
    return await policy_store.zones_of(session, district_id, [one for one in in_force if one is not None])
