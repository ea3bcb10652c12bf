"""Counts by persons, of which a city learns how full places without sensors are where so much is paid."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.operator.rate_access import REFUSALS, ClockDep, DatabaseDep, Preparer, Reader, check_zones, zones_of
from parking.domain.errors import ParkingError
from parking.domain.ids import ID_PATTERN
from parking.places.model import PlaceKind
from pricing.paid import repository, service
from pricing.paid.model import KeptCorrection, KeptCount, SurveyCount, Why

router = APIRouter(tags=["operators"])
MOST_COUNTS: Final = 5000
_MOST_SPACES: Final = 1_000_000
CountId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class CountIn(BaseModel):
    """What a person saw at one place at an instant."""

    model_config = ConfigDict(extra="forbid")

    zone: str = Field(pattern=ID_PATTERN)
    kind: PlaceKind
    at: AwareDatetime
    spaces: int = Field(ge=1, le=_MOST_SPACES, description="That were looked at: at least 30 % of the place")
    occupied: int = Field(ge=0, le=_MOST_SPACES)


class SurveyIn(BaseModel):
    """Counts in any order. One that is there already is told as `duplicate` and changes nothing."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "counts": [
                        {"zone": "Z1", "kind": "kerb", "at": "2026-06-05T10:10:00+08:00", "spaces": 24, "occupied": 19}
                    ]
                }
            ]
        },
    )

    counts: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_COUNTS, description="Each as `CountIn`")


class CountRefused(BaseModel):
    """One count that was not taken, by its place in the list."""

    index: int
    code: str
    detail: str


class SurveyReport(BaseModel):
    """Good counts stay where others are refused."""

    accepted: int
    duplicate: int
    rejected: list[CountRefused]


class CountOut(BaseModel):
    """A count that nobody withdrew."""

    id: int
    zone: str
    kind: PlaceKind
    at: datetime
    spaces: int
    occupied: int
    told_by: str
    told_at: datetime

    @classmethod
    def of(cls, kept: KeptCount) -> "CountOut":
        count = kept.count
        return cls(
            id=kept.count_id,
            zone=count.zone_id,
            kind=count.kind,
            at=count.counted_at,
            spaces=count.spaces,
            occupied=count.occupied,
            told_by=kept.told_by,
            told_at=kept.told_at,
        )


class CountList(BaseModel):
    """The last told first; `next` is null at the end."""

    counts: list[CountOut]
    next: int | None


class CountedPlaceOut(BaseModel):
    """A place and how much of it was counted in hours in which payments tell something."""

    zone: str
    kind: PlaceKind
    hours: int
    days: int
    deviation: float | None = Field(
        description="By how much of its spaces it is fuller than payments say elsewhere; null: counted too little to be estimated"
    )


class CorrectionOut(BaseModel):
    """What was learnt last. Errors are of hours of days that were held out, in shares of the spaces; null where counts were too few."""

    learnt_at: datetime | None = Field(description="Null where nothing was ever counted")
    hours: int
    days: int
    why_not: Why | None = Field(description="Why nothing is estimated anywhere")
    mean_absolute_error: float | None
    bias: float | None = Field(description="Estimated less observed")
    coverage: float | None = Field(description="Of the 80 % interval")
    paid_error: float | None = Field(description="Mean absolute error of taking the paid share for the occupied one")
    places: list[CountedPlaceOut]


@router.post("/v1/operator/surveys", summary="Tell counts by persons", responses=REFUSALS)
async def tell(wish: SurveyIn, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> SurveyReport:
    """Of places without sensors; what was paid in those hours is known a day later, and from then on forecasts learn of it."""
    async with database.transaction() as session:
        report = await _taken(session, caller, wish.counts, clock())
        if report.accepted:
            await audit.record(session, caller, "survey.told", str(report.accepted), at=clock())
    return report


@router.get("/v1/operator/surveys", summary="Counts by persons", responses=REFUSALS)
async def told(
    caller: Reader,
    database: DatabaseDep,
    *,
    zone: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    cursor: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> CountList:
    async with database.transaction() as session:
        own = await zones_of(session, caller)
        wanted = own if zone is None else {zone} if own is None else own & {zone}
        found = await repository.listed(session, wanted, before=cursor, limit=limit + 1)
    page = [CountOut.of(one) for one in found[:limit]]
    return CountList(counts=page, next=page[-1].id if len(found) > limit else None)


@router.post(
    "/v1/operator/surveys/{count_id}/withdraw",
    status_code=204,
    summary="Withdraw a count",
    response_class=Response,
    responses=REFUSALS,
)
async def withdraw(count_id: CountId, caller: Preparer, database: DatabaseDep, clock: ClockDep) -> None:
    """Nothing is learnt of it any more."""
    async with database.transaction() as session:
        found = await service.withdraw(session, count_id, by=caller.actor, at=clock())
        await check_zones(session, caller, [found.count.zone_id])
        await audit.record(session, caller, "survey.withdrawn", str(count_id), at=clock())


@router.get("/v1/operator/payment-correction", summary="What payments tell of occupancy", responses=REFUSALS)
async def correction(caller: Reader, database: DatabaseDep) -> CorrectionOut:
    """As it was learnt last from the counts of the whole city; places are those of the caller's district."""
    async with database.transaction() as session:
        own = await zones_of(session, caller)
        found = await repository.correction(session)
    return _correction(found, own)


async def _taken(session: AsyncSession, caller: Caller, raw: list[dict[str, Any]], at: datetime) -> SurveyReport:
    good: dict[int, SurveyCount] = {}
    refused: dict[int, tuple[str, str]] = {}
    zones: dict[str, ParkingError | None] = {}
    for index, one in enumerate(raw):
        try:
            count = _read(one)
        except ValidationError as error:
            said = (f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors(include_input=False))
            refused[index] = ("item_invalid", "; ".join(said))
            continue
        if count.zone_id not in zones:
            zones[count.zone_id] = await _refusal(session, caller, count.zone_id)
        refusal = zones[count.zone_id]
        if refusal is None:
            good[index] = count
        else:
            refused[index] = (refusal.code, refusal.detail)
    outcomes = await service.record(session, list(good.values()), by=caller.actor, at=at)
    for index, outcome in zip(good, outcomes, strict=True):
        if isinstance(outcome, ParkingError):
            refused[index] = (outcome.code, outcome.detail)
    return SurveyReport(
        accepted=outcomes.count("accepted"),
        duplicate=outcomes.count("duplicate"),
        rejected=[CountRefused(index=index, code=code, detail=told) for index, (code, told) in sorted(refused.items())],
    )


async def _refusal(session: AsyncSession, caller: Caller, zone_id: str) -> ParkingError | None:
    """`zone_unknown`, `district_forbidden`."""
    try:
        await check_zones(session, caller, [zone_id])
    except ParkingError as error:
        return error
    return None


def _read(raw: dict[str, Any]) -> SurveyCount:
    """Raises `ValidationError`."""
    item = CountIn.model_validate(raw)
    return SurveyCount(
        zone_id=item.zone,
        kind=item.kind,
        counted_at=item.at.astimezone(UTC),
        spaces=item.spaces,
        occupied=item.occupied,
    )


def _correction(found: KeptCorrection | None, own: frozenset[str] | None) -> CorrectionOut:
    if found is None:
        return CorrectionOut(
            learnt_at=None,
            hours=0,
            days=0,
            why_not="never_counted",
            mean_absolute_error=None,
            bias=None,
            coverage=None,
            paid_error=None,
            places=[],
        )
    return CorrectionOut(
        learnt_at=found.learnt_at,
        hours=found.hours,
        days=found.days,
        why_not=None if found.coefficients else "survey_too_small",
        mean_absolute_error=found.mean_absolute_error,
        bias=found.bias,
        coverage=found.coverage,
        paid_error=found.paid_error,
        places=[
            CountedPlaceOut(zone=one.zone_id, kind=one.kind, hours=one.hours, days=one.days, deviation=one.deviation)
            for one in found.places
            if own is None or one.zone_id in own
        ],
    )
