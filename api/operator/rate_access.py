"""Who may see and do what with which tariff: roles, districts, and the step that each version waits for."""

from collections.abc import Collection, Iterable
from typing import Annotated, Final, Literal

from fastapi import Depends, Path
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import Caller
from api.auth.model import ForbiddenError
from api.deps import clock_of, provided, require_role
from api.errors import problem_answers
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import NotFoundError
from parking.domain.ids import ID_PATTERN
from parking.places.tables import ZoneRow
from pricing.rates import assignments, service
from pricing.rates.assignments import Standing
from pricing.rates.repository import RateVersion

LARGEST_VERSION: Final = 2**31 - 1
Step = Literal["submit", "review", "notice", "approve", "publish", "withdraw", "revert"]

DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Reader = Annotated[Caller, Depends(require_role("operator", "approver", "admin"))]
Preparer = Annotated[Caller, Depends(require_role("operator", "approver"))]
Approver = Annotated[Caller, Depends(require_role("approver"))]
"""A role of people only: a key is not a second person."""
TableId = Annotated[str, Path(pattern=ID_PATTERN, description="`rate_table` of the policy file")]
Version = Annotated[int, Path(ge=1, le=LARGEST_VERSION)]
REFUSALS: Final = problem_answers(400, 401, 403, 404, 409, 413, 503)

_WAITS_FOR: Final[dict[str, Step]] = {
    "draft": "submit",
    "in_review": "review",
    "reviewed": "notice",
    "noticed": "approve",
    "approved": "publish",
}
_ALSO: Final[dict[str, tuple[Step, ...]]] = {"noticed": ("notice",), "approved": ("notice",)}
_SECOND_PERSON: Final = frozenset({"review", "approve"})
_NOT_BEGUN: Final = frozenset({"planned", "held"})


def waits_for(version: RateVersion) -> Step | None:
    """The step that brings the version on; None when it is on the street or given up."""
    return _WAITS_FOR.get(version.state)


def steps_of(version: RateVersion, standing: Standing | None, caller: Caller, *, is_covered: bool) -> list[Step]:
    """What the caller itself may do with the version now, the next step first."""
    if caller.role not in {"operator", "approver"} or not is_covered:
        return []
    coming = waits_for(version)
    if coming is not None:
        is_second = caller.role == "approver" and caller.actor != version.prepared_by
        steps = (coming, *_ALSO.get(version.state, ()), "withdraw")
        return [step for step in steps if step not in _SECOND_PERSON or is_second]
    if version.state != "published":
        return []
    return ["withdraw"] if standing in _NOT_BEGUN else ["revert"] if standing == "in_force" else []


async def zones_of(session: AsyncSession, caller: Caller) -> frozenset[str] | None:
    """The zones of the caller's district; None is every zone."""
    if caller.district_id is None:
        return None
    rows = await session.scalars(select(ZoneRow.zone_id).where(ZoneRow.district_id == caller.district_id))
    return frozenset(rows)


def shows(version: RateVersion, own: frozenset[str] | None) -> bool:
    """What holds for the whole city is everybody's to see."""
    return own is None or version.zone_ids is None or not own.isdisjoint(version.zone_ids)


def covers(version: RateVersion, own: frozenset[str] | None) -> bool:
    return own is None or (version.zone_ids is not None and own.issuperset(version.zone_ids))


async def check_zones(session: AsyncSession, caller: Caller, zone_ids: Iterable[str] | None) -> None:
    """Raise `zone_unknown`, and `district_forbidden` where the caller does not cover every zone; None is all zones."""
    if zone_ids is None:
        if caller.district_id is not None:
            raise ForbiddenError("what holds in every zone is beyond one district", code="district_forbidden")
        return
    wanted = list(zone_ids)
    districts = await _districts(session, wanted)
    for zone_id in wanted:
        if zone_id not in districts:
            raise NotFoundError(f"there is no zone {zone_id[:64]!r}", code="zone_unknown")
        caller.check_district(districts[zone_id])


async def readable(session: AsyncSession, caller: Caller, rate_table_id: str, version: int) -> RateVersion:
    """Raise `rate_version_unknown`, `district_forbidden`."""
    found = await service.version_of(session, rate_table_id, version)
    if not shows(found, await zones_of(session, caller)):
        raise ForbiddenError("this tariff is of another district", code="district_forbidden")
    return found


async def changeable(session: AsyncSession, caller: Caller, rate_table_id: str, version: int) -> RateVersion:
    """A version all of whose zones the caller covers; raises as `readable`."""
    found = await service.version_of(session, rate_table_id, version)
    await check_zones(session, caller, found.zone_ids)
    return found


async def zones_in_force(session: AsyncSession, rate_table_id: str, version: int) -> list[str]:
    found = await assignments.of_version(session, rate_table_id, version)
    return sorted({one.zone_id for one in found})


async def _districts(session: AsyncSession, zone_ids: Collection[str]) -> dict[str, str]:
    rows = await session.execute(select(ZoneRow.zone_id, ZoneRow.district_id).where(ZoneRow.zone_id.in_(zone_ids)))
    return {row.zone_id: row.district_id for row in rows}
