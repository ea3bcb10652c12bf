"""The retrofit of the city's spaces by district and week, against the plan."""

import csv
import io
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.deps import require_role
from api.errors import problem_answers
from api.operator.authority_access import authority_role
from api.operator.device_access import REFUSALS, ClockDep, DatabaseDep
from api.operator.device_schemas import RefusedRow
from parking.domain.errors import InvalidInputError
from parking.domain.ids import ID_PATTERN
from parking.retrofit import service
from parking.retrofit.model import DistrictRetrofit, PlannedWeek, RetrofitWeek

router = APIRouter(tags=["operators"])
Reader = Annotated[Caller, Depends(require_role("operator", "approver", "admin"))]
Planner = Annotated[Caller, Depends(authority_role("operator", "admin"))]
District = Annotated[str | None, Query(pattern=ID_PATTERN)]
MOST_WEEKS: Final = 2_000
_HEADS: Final = ("district", "week", "planned", "planned_in_all", "done", "done_in_all")
_CSV: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


class DistrictRetrofitOut(BaseModel):
    """Where one district stands now."""

    district: str
    name: str
    name_en: str
    spaces: int = Field(description="In service")
    retrofitted: int
    planned: int = Field(description="In all weeks of the plan")
    due: int = Field(description="Planned up to the end of the present week")
    share: float | None = Field(description="Of its spaces; null where it has none")

    @classmethod
    def of(cls, found: DistrictRetrofit) -> "DistrictRetrofitOut":
        return cls(
            district=found.district_id,
            name=found.name,
            name_en=found.name_en,
            spaces=found.spaces,
            retrofitted=found.retrofitted,
            planned=found.planned,
            due=found.due,
            share=found.share,
        )


class RetrofitWeekOut(BaseModel):
    """Plan and progress of one district in the week that begins on that Monday; null for what is to come."""

    district: str
    week: date
    planned: int
    planned_in_all: int
    done: int | None
    done_in_all: int | None

    @classmethod
    def of(cls, found: RetrofitWeek) -> "RetrofitWeekOut":
        return cls(
            district=found.district_id,
            week=found.week,
            planned=found.planned,
            planned_in_all=found.planned_in_all,
            done=found.done,
            done_in_all=found.done_in_all,
        )


class RetrofitProgress(BaseModel):
    """A space counts while an accepted device watches it that has been heard there."""

    districts: list[DistrictRetrofitOut]
    weeks: list[RetrofitWeekOut]


class PlannedIn(BaseModel):
    """How many spaces of a district are to be retrofitted in a week."""

    model_config = ConfigDict(extra="forbid")

    district: str = Field(pattern=ID_PATTERN)
    week: date = Field(description="A Monday")
    spaces: Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class RetrofitPlanIn(BaseModel):
    """Weeks to write; those that are not named stay."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"weeks": [{"district": "370303", "week": "2026-06-01", "spaces": 120}]}]},
    )

    weeks: list[PlannedIn] = Field(min_length=1, max_length=MOST_WEEKS)


class RetrofitPlanOut(BaseModel):
    """What became of a plan."""

    written: int
    refused: list[RefusedRow]


@router.get("/v1/operator/retrofit", summary="Retrofit against plan", responses=problem_answers(400, 401, 403, 404))
async def retrofit(
    caller: Reader, database: DatabaseDep, clock: ClockDep, district: District = None
) -> RetrofitProgress:
    wanted = _scope(caller, district)
    async with database.transaction() as session:
        standing = await service.standing(session, clock(), wanted)
        weeks = await service.weeks(session, clock(), wanted)
    return RetrofitProgress(
        districts=[DistrictRetrofitOut.of(one) for one in standing],
        weeks=[RetrofitWeekOut.of(one) for one in weeks],
    )


@router.get(
    "/v1/operator/retrofit/table",
    summary="The same as a table",
    response_class=Response,
    responses=problem_answers(400, 401, 403, 404) | _CSV,
)
async def table(caller: Reader, database: DatabaseDep, clock: ClockDep, district: District = None) -> Response:
    """CSV in UTF-8 with its mark, as spreadsheets want it."""
    async with database.transaction() as session:
        weeks = await service.weeks(session, clock(), _scope(caller, district))
    lines = io.StringIO()
    rows = csv.writer(lines)
    rows.writerow(_HEADS)
    for one in weeks:
        rows.writerow([one.district_id, one.week, one.planned, one.planned_in_all, one.done, one.done_in_all])
    headers = {"Content-Disposition": 'attachment; filename="retrofit.csv"'}
    return Response(lines.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.put("/v1/operator/retrofit/plan", summary="Write weeks of the plan", responses=REFUSALS)
async def set_plan(wish: RetrofitPlanIn, caller: Planner, database: DatabaseDep, clock: ClockDep) -> RetrofitPlanOut:
    """A week of a district that there is not is refused, the others are written."""
    now, plan = clock(), [_planned(caller, one) for one in wish.weeks]
    async with database.transaction() as session:
        refused = await service.set_plan(session, plan, by=caller.actor, at=now)
        written = len(plan) - len(refused)
        await audit.record(session, caller, "retrofit.planned", "retrofit", at=now, details={"weeks": written})
    return RetrofitPlanOut(
        written=written,
        refused=[RefusedRow(index=one.index, code=one.code, detail=one.detail) for one in refused],
    )


def _scope(caller: Caller, district: str | None) -> str | None:
    if district is not None:
        caller.check_district(district)
    return district or caller.district_id


def _planned(caller: Caller, wish: PlannedIn) -> PlannedWeek:
    """Raise ForbiddenError `district_forbidden`, InvalidInputError `week_invalid`."""
    caller.check_district(wish.district)
    if wish.week.weekday() != 0:
        raise InvalidInputError(f"{wish.week} is no Monday, on which weeks begin", code="week_invalid")
    return PlannedWeek(district_id=wish.district, week=wish.week, spaces=wish.spaces)
