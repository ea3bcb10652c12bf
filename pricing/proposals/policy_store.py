"""All SQL of review policies, and which one each zone follows."""

from collections.abc import Collection
from typing import cast

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from parking.places.tables import DistrictRow, ZoneRow
from pricing.proposals.policy import PolicyState, PolicyUnknownError, PolicyVersion, ReviewPolicy
from pricing.proposals.policy_tables import ReviewPolicyRow


async def add(session: AsyncSession, version: PolicyVersion) -> None:
    await session.execute(
        insert(ReviewPolicyRow).values(
            policy_id=version.policy_id,
            district_id=version.district_id,
            version=version.version,
            policy=None if version.policy is None else msgspec.to_builtins(version.policy, order="deterministic"),
            state=version.state,
            reason=version.reason,
            proposed_by=version.proposed_by,
            proposed_at=version.proposed_at,
        )
    )


async def decide(session: AsyncSession, version: PolicyVersion) -> None:
    await session.execute(
        update(ReviewPolicyRow)
        .where(ReviewPolicyRow.policy_id == version.policy_id)
        .values(
            state=version.state,
            decided_by=version.decided_by,
            decided_at=version.decided_at,
            because=version.because,
        )
    )


async def find(session: AsyncSession, policy_id: str, *, lock: bool = False) -> PolicyVersion:
    """`lock` keeps other decisions out. Raises `PolicyUnknownError`."""
    row = await session.get(ReviewPolicyRow, policy_id, with_for_update=lock, populate_existing=True)
    if row is None:
        raise PolicyUnknownError(f"there is no review policy {policy_id[:64]!r}")
    return _version(row)


async def versions(session: AsyncSession) -> list[PolicyVersion]:
    """All of them, the newest of a scope first."""
    row = ReviewPolicyRow
    return [_version(one) for one in await session.scalars(select(row).order_by(row.district_id, row.version.desc()))]


async def next_version(session: AsyncSession, district_id: str | None) -> int:
    row = ReviewPolicyRow
    newest = select(func.max(row.version)).where(row.district_id.is_not_distinct_from(district_id))
    return (await session.scalar(newest) or 0) + 1


async def in_force(session: AsyncSession) -> dict[str | None, PolicyVersion]:
    """By district, None for the city; districts that follow the city's are not in it."""
    row = ReviewPolicyRow
    newest = (
        select(row)
        .where(row.state == "approved")
        .ext(distinct_on(row.district_id))
        .order_by(row.district_id, row.version.desc())
    )
    found = [_version(one) for one in await session.scalars(newest)]
    return {one.district_id: one for one in found if one.policy is not None}


async def districts(session: AsyncSession) -> dict[str, tuple[str, str]]:
    """Chinese and English names by id."""
    row = DistrictRow
    wanted = select(row.district_id, row.name, row.name_en).order_by(row.district_id)
    return {one.district_id: (one.name, one.name_en) for one in await session.execute(wanted)}


async def zones_of(session: AsyncSession, district_id: str | None, others: Collection[str]) -> list[str]:
    """Zones of a district; for None those of all districts but the others, which have policies of their own."""
    row = ZoneRow
    scope = row.district_id.not_in(others) if district_id is None else row.district_id == district_id
    return list(await session.scalars(select(row.zone_id).where(row.removed_at.is_(None), scope).order_by(row.zone_id)))


async def districts_of(session: AsyncSession, zone_ids: Collection[str]) -> dict[str, str]:
    """By zone, of those that there are."""
    row = ZoneRow
    wanted = select(row.zone_id, row.district_id).where(row.zone_id.in_(zone_ids), row.removed_at.is_(None))
    return {one.zone_id: one.district_id for one in await session.execute(wanted)}


def _version(row: ReviewPolicyRow) -> PolicyVersion:
    return PolicyVersion(
        policy_id=row.policy_id,
        district_id=row.district_id,
        version=row.version,
        policy=None if row.policy is None else msgspec.convert(row.policy, ReviewPolicy),
        state=cast("PolicyState", row.state),
        reason=row.reason,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        because=row.because,
    )
