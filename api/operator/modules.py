"""City modules as an operator sees and switches them, what they hold, and the cleaning windows given to them."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.auth.model import ForbiddenError
from api.deps import clock_of, provided, require_role
from api.errors import problem_answers
from parking.bus import outbox
from parking.city.street_cleaning.module import closure_id
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.domain.ids import ID_PATTERN
from parking.events.city import CleaningWindowEnded, CleaningWindowPlanned
from parking.events.restriction import Severity
from parking.plugins import service
from parking.plugins.catalogue import discover
from parking.plugins.service import Standing
from parking.restrictions import repository as restriction_rows
from parking.restrictions import service as restrictions
from parking.restrictions.model import Restriction

router = APIRouter(tags=["operators"])
SOURCE = "api.operator"
DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
OperatorDep = Annotated[Caller, Depends(require_role("operator", "admin"))]
AdminDep = Annotated[Caller, Depends(require_role("admin"))]
Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
PlaceIds = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=500)]


class Module(BaseModel):
    """A module of this city."""

    name: str = Field(examples=["street_cleaning"])
    version: str | None = Field(description="Null for one that is no longer installed")
    title: str | None
    clause: str | None = Field(description="Which work of the city it serves")
    enabled: bool
    config: dict[str, Any] = Field(description="What differs from the defaults")
    config_schema: dict[str, Any] | None = Field(description="JSON Schema of its settings")
    reads: list[str]
    writes: list[str]


class ModuleList(BaseModel):
    """All modules in order of name."""

    modules: list[Module]


class ModuleChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool | None = None
    config: dict[str, Any] | None = None


class CleaningWindow(BaseModel):
    """A planned cleaning: all spaces of the places named, over one window."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=ID_PATTERN, description="The caller's own id: sent again it changes nothing")
    start: AwareDatetime
    end: AwareDatetime
    authority: str = Field(min_length=1, max_length=200)
    permit: str | None = Field(default=None, max_length=200)
    spaces: PlaceIds = []
    segments: PlaceIds = []
    zones: PlaceIds = []


class CleaningEnd(BaseModel):
    """How a planned cleaning came to its end."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["finished", "missed", "cancelled"]


class Accepted(BaseModel):
    """The city modules are told; `GET /v1/operator/restrictions` shows what came of it."""

    id: str


class RestrictionDocument(BaseModel):
    """A restriction that is not over."""

    id: str
    requester: str
    spaces: list[str]
    start: datetime
    end: datetime
    severity: Severity
    reason: str
    authority: str
    permit: str | None
    stops_charging: bool


class RestrictionList(BaseModel):
    """In order of their start."""

    restrictions: list[RestrictionDocument]


@router.get("/v1/operator/modules", summary="City modules", responses=problem_answers(401, 403))
async def list_modules(_caller: OperatorDep, database: DatabaseDep, clock: ClockDep) -> ModuleList:
    async with database.transaction() as session:
        return ModuleList(modules=[_module(item) for item in await service.standings(session, discover(), clock())])


@router.patch("/v1/operator/modules/{name}", summary="Switch a module", responses=problem_answers(400, 401, 403, 404))
async def change_module(
    name: Name, change: ModuleChange, caller: AdminDep, database: DatabaseDep, clock: ClockDep
) -> Module:
    """Takes effect without a restart; switching off gives back every space that the module holds."""
    now, found = clock(), discover()
    if caller.district_id is not None:
        raise ForbiddenError("a module works in the whole city", code="district_forbidden")
    async with database.transaction() as session:
        await service.standings(session, found, now)
        if change.config is not None:
            await service.configure(session, found, name, change.config, at=now)
        if change.enabled is True:
            await service.enable(session, found, name, at=now)
        elif change.enabled is False:
            await service.disable(session, name, at=now)
        await audit.record(
            session, caller, "module.changed", name, at=now, details=change.model_dump(exclude_none=True)
        )
        standing = {item.name: item for item in await service.standings(session, found, now)}[name]
    return _module(standing)


@router.post(
    "/v1/operator/cleaning-windows",
    status_code=202,
    summary="Plan a cleaning window",
    responses=problem_answers(400, 401, 403, 404),
)
async def plan_cleaning(
    window: CleaningWindow, caller: OperatorDep, database: DatabaseDep, clock: ClockDep
) -> Accepted:
    """The module of street cleaning closes the spaces after the notice that the city gives its drivers."""
    now = clock()
    if window.end <= window.start or window.end <= now:
        raise InvalidInputError("a window ends after it starts, and in the future", code="window_invalid")
    if not (window.spaces or window.segments or window.zones):
        raise InvalidInputError("name at least one space, segment or zone", code="spaces_missing")
    planned = CleaningWindowPlanned(
        window_id=window.id,
        start=window.start,
        end=window.end,
        announced_at=now,
        authority=window.authority,
        permit=window.permit,
        space_ids=tuple(window.spaces),
        segment_ids=tuple(window.segments),
        zone_ids=tuple(window.zones),
    )
    async with database.transaction() as session:
        await _check_places(session, caller, window)
        await outbox.write(session, planned, source=SOURCE, at=now)
        details = {"start": window.start.isoformat(), "end": window.end.isoformat()}
        await audit.record(session, caller, "cleaning.planned", window.id, at=now, details=details)
    return Accepted(id=window.id)


@router.post(
    "/v1/operator/cleaning-windows/{window_id}/end",
    status_code=202,
    summary="End a cleaning window",
    responses=problem_answers(400, 401, 403),
)
async def end_cleaning(
    window_id: Annotated[str, Path(pattern=ID_PATTERN)],
    end: CleaningEnd,
    caller: OperatorDep,
    database: DatabaseDep,
    clock: ClockDep,
) -> Accepted:
    """The spaces are given back, whether the crew is through or never came."""
    now = clock()
    ended = CleaningWindowEnded(window_id=window_id, ended_at=now, outcome=end.outcome)
    async with database.transaction() as session:
        held = await restriction_rows.find(session, closure_id(window_id))
        inside = {} if held is None else await restriction_rows.districts_of(session, held.space_ids)
        for district_id in sorted(set(inside.values())):
            caller.check_district(district_id)
        await outbox.write(session, ended, source=SOURCE, at=now)
        await audit.record(session, caller, "cleaning.ended", window_id, at=now, details={"outcome": end.outcome})
    return Accepted(id=window_id)


@router.get("/v1/operator/restrictions", summary="Restrictions", responses=problem_answers(401, 403))
async def list_restrictions(
    caller: OperatorDep,
    database: DatabaseDep,
    clock: ClockDep,
    zone: Annotated[str | None, Query(description="Only those over spaces of this zone")] = None,
) -> RestrictionList:
    """What holds or is to come; an account of one district sees what touches it."""
    async with database.transaction() as session:
        found = await restrictions.standing(session, at=clock(), zone_ids=None if zone is None else [zone])
        if caller.district_id is not None:
            inside = await restriction_rows.districts_of(session, {s for item in found for s in item.space_ids})
            found = [item for item in found if caller.district_id in {inside.get(s) for s in item.space_ids}]
    return RestrictionList(restrictions=[_restriction(item) for item in found])


async def _check_places(session: AsyncSession, caller: Caller, window: CleaningWindow) -> None:
    """Raise `NotFoundError` for a place that is not there, `ForbiddenError` for one beyond the caller's district."""
    inside, unknown = await restriction_rows.spaces_within(session, window.segments, window.zones)
    districts = await restriction_rows.districts_of(session, {*inside, *window.spaces})
    unknown += sorted(set(window.spaces) - districts.keys())
    if unknown:
        raise NotFoundError(f"there is no {', '.join(unknown[:5])}", code="place_unknown")
    for district_id in sorted(set(districts.values())):
        caller.check_district(district_id)


def _module(item: Standing) -> Module:
    manifest = item.manifest
    return Module(
        name=item.name,
        version=None if manifest is None else manifest.version,
        title=None if manifest is None else manifest.title,
        clause=None if manifest is None else manifest.clause,
        enabled=item.enabled,
        config=dict(item.config),
        config_schema=None if manifest is None else msgspec.json.schema(manifest.settings),
        reads=[] if manifest is None else [kind.TYPE for kind in manifest.reads],
        writes=[] if manifest is None else [kind.TYPE for kind in manifest.writes],
    )


def _restriction(item: Restriction) -> RestrictionDocument:
    return RestrictionDocument(
        id=item.restriction_id,
        requester=item.requester,
        spaces=list(item.space_ids),
        start=item.start,
        end=item.end,
        severity=item.severity,
        reason=item.reason,
        authority=item.authority,
        permit=item.permit,
        stops_charging=item.stops_charging,
    )
