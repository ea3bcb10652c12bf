"""What the city knows of the response to its prices: each estimate with the tests that it stood or failed, or why the prior stands."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.operator.rate_access import REFUSALS, ClockDep, DatabaseDep, Reader
from pricing.demand import repository
from pricing.demand.checks import Check
from pricing.demand.estimate import Believed, Estimate
from pricing.demand.prior import NEIGHBOURS, PRIOR, Z80, Z90, Response, Source
from pricing.demand.repository import KeptEstimate
from pricing.demand.words import SAID, Why

router = APIRouter(tags=["operators"])


class BelievedOut(BaseModel):
    """An elasticity: a price 1 % higher changes the load by `mean` %. The intervals hold 80 and 90 % of what is believed."""

    mean: float
    low_80: float
    high_80: float
    low_90: float
    high_90: float
    source: Source
    changes: int = Field(description="Measured moves in lotteries")
    zones: int = Field(description="Zones with such a move")


class GroupOut(BaseModel):
    """All prices of one area class in one band of the day."""

    area_class: str
    band: str = Field(examples=["kerb 07:00-19:00"])
    own: BelievedOut


class EstimateCheckOut(BaseModel):
    """A test of the estimate. `found` is null where it could not be made."""

    found: float | None
    limit: float
    draws: int = Field(description="Lotteries that were never held, which it was made with")
    passes: bool


class ShownOut(BaseModel):
    """What the lotteries show by themselves, whatever was believed before, with standard errors."""

    own: float
    own_error: float
    neighbours: float | None
    neighbours_error: float | None


class EstimateOut(BaseModel):
    """`source` is `prior` where nothing was learnt or a test failed: then `why` says so, and every belief is the prior."""

    source: Source
    why: Why
    said: str
    said_en: str
    waves: int = Field(description="Lotteries that were held")
    judged_until: datetime | None = Field(description="The newest verdict that it knows; null before the first")
    made_at: datetime | None
    proposals: list[str] = Field(description="Whose lotteries are in it")
    groups: list[GroupOut]
    neighbours: BelievedOut = Field(description="Response of a zone's load to the mean price of the zones nearby")
    shown: ShownOut | None
    placebo: EstimateCheckOut | None = Field(
        description="`found`: share of false alarms, in lotteries that were never held"
    )
    pre_trend: EstimateCheckOut | None = Field(
        description="`found`: probability of so large an effect before the prices moved"
    )


class EstimateList(BaseModel):
    """`standing` is what a review believes now; `estimates` is the record, newest first."""

    standing: EstimateOut
    prior: BelievedOut = Field(description="Of the own price, where nothing has measured it")
    estimates: list[EstimateOut]


@router.get("/v1/operator/estimates", summary="What is known of the response to prices", responses=REFUSALS)
async def estimates(
    _: Reader, database: DatabaseDep, clock: ClockDep, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> EstimateList:
    """One estimate after each verdict on published prices, from the changes that a lottery drew, with its tests."""
    async with database.transaction() as session:
        found = await repository.newest(session, by=clock(), limit=limit)
    record = [_out(kept) for kept in found]
    return EstimateList(standing=record[0] if record else _nothing_learnt(), prior=_prior(PRIOR), estimates=record)


def _out(kept: KeptEstimate) -> EstimateOut:
    one: Estimate = kept.estimate
    return EstimateOut(
        source=one.source,
        why=one.why,
        said=one.said_zh,
        said_en=one.said_en,
        waves=one.waves,
        judged_until=kept.judged_until,
        made_at=kept.made_at,
        proposals=list(kept.proposals),
        groups=[
            GroupOut(area_class=group.area_class, band=group.band, own=_believed(group.own)) for group in one.groups
        ],
        neighbours=_believed(one.neighbours),
        shown=None
        if one.shown is None
        else ShownOut(
            own=one.shown.own,
            own_error=one.shown.own_error,
            neighbours=one.shown.neighbours,
            neighbours_error=one.shown.neighbours_error,
        ),
        placebo=_test(one.placebo),
        pre_trend=_test(one.pre_trend),
    )


def _nothing_learnt() -> EstimateOut:
    """Before the first verdict."""
    said = SAID["not_randomised"]
    return EstimateOut(
        source="prior",
        why="not_randomised",
        said=said.zh,
        said_en=said.en,
        waves=0,
        judged_until=None,
        made_at=None,
        proposals=[],
        groups=[],
        neighbours=_prior(NEIGHBOURS),
        shown=None,
        placebo=None,
        pre_trend=None,
    )


def _believed(one: Believed) -> BelievedOut:
    (low_80, high_80), (low_90, high_90) = one.within_80, one.within_90
    return BelievedOut(
        mean=one.mean,
        low_80=low_80,
        high_80=high_80,
        low_90=low_90,
        high_90=high_90,
        source=one.source,
        changes=one.changes,
        zones=one.zones,
    )


def _prior(one: Response) -> BelievedOut:
    (low_80, high_80), (low_90, high_90) = one.within(Z80), one.within(Z90)
    return BelievedOut(
        mean=one.mean,
        low_80=low_80,
        high_80=high_80,
        low_90=low_90,
        high_90=high_90,
        source=one.source,
        changes=0,
        zones=0,
    )


def _test(check: Check | None) -> EstimateCheckOut | None:
    if check is None:
        return None
    return EstimateCheckOut(found=check.found, limit=check.limit, draws=check.draws, passes=check.passes)
