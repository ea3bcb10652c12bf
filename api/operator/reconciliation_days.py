"""A day's money, and what the platform did by itself for each day that was over."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.operator.money_access import scope_of
from api.operator.reconciliation_access import REFUSALS, ClockDep, DatabaseDep, Reader, check_city
from api.operator.reconciliation_schemas import Day as DayIn
from pricing.reconciliation import nights
from pricing.reconciliation.comparing import Day
from pricing.reconciliation.model import CITY_TIME, NightStep
from pricing.reconciliation.takings import Taken, takings

router = APIRouter(tags=["operators"])


class TakingsOut(BaseModel):
    """One payee's money of one way of paying, whole minor units."""

    district: str | None
    payee: str | None = Field(description="Null is money paid ahead that has no bill yet")
    method: str = Field(examples=["cash"], description="`balance` was taken before, when the balance was filled")
    currency: str
    payments: int
    paid: int
    above_bills: int = Field(description="The part of `paid` that paid no bill and waits to be given back")
    refunds: int
    refunded: int


class DayTakings(BaseModel):
    """What moved on a day of the city's calendar; a payee or method without movement is not there."""

    day: date
    takings: list[TakingsOut]


class NightStepOut(BaseModel):
    """One step: `waiting` until its time, `failed` until it succeeds, which is tried by itself, then `done`."""

    step: NightStep
    subject: str | None = Field(description="The provider or concession; null where it is about the whole city")
    state: Literal["waiting", "failed", "done"]
    due_at: datetime = Field(description="When it is tried next; of a step that is done, when it was due")
    tries: int
    tried_at: datetime | None
    code: str | None = Field(description="Why it failed")
    detail: str | None
    outcome: dict[str, int] | None = Field(description="What came of it, for instance `differing` and `gone`")


class NightOut(BaseModel):
    """The steps of one day."""

    day: date
    steps: list[NightStepOut]


class NightList(BaseModel):
    """Newest day first."""

    nights: list[NightOut]


@router.get("/v1/operator/takings", summary="A day's money by payee and way of paying", responses=REFUSALS)
async def day_takings(
    caller: Reader,
    database: DatabaseDep,
    clock: ClockDep,
    day: Annotated[DayIn | None, Query(description="Of the city's calendar; today unless given")] = None,
) -> DayTakings:
    """A district sees its own, an operating company its own."""
    wanted = clock().astimezone(CITY_TIME).date() if day is None else day
    async with database.transaction() as session:
        found = await takings(session, Day(day=wanted, zone=CITY_TIME), scope_of(caller))
    return DayTakings(day=wanted, takings=[_taken(one) for one in found])


@router.get("/v1/operator/reconciliation/nights", summary="What was done by itself, by day", responses=REFUSALS)
async def read_nights(
    caller: Reader,
    database: DatabaseDep,
    clock: ClockDep,
    days: Annotated[int, Query(ge=1, le=92, description="How many days back")] = 14,
) -> NightList:
    """Drawers and stays, providers' bills, batches, and differences that have been explained: for the whole city."""
    check_city(caller)
    since = clock().astimezone(CITY_TIME).date() - timedelta(days=days)
    async with database.transaction() as session:
        rows = await nights.listed(session, since)
    found: dict[date, list[NightStepOut]] = {}
    for row in rows:
        step = NightStepOut.model_validate(
            {
                "step": row.step,
                "subject": row.subject or None,
                "state": row.state,
                "due_at": row.due_at,
                "tries": row.tries,
                "tried_at": row.tried_at,
                "code": row.code,
                "detail": row.detail,
                "outcome": row.outcome,
            }
        )
        found.setdefault(row.day, []).append(step)
    return NightList(nights=[NightOut(day=day, steps=steps) for day, steps in found.items()])


def _taken(one: Taken) -> TakingsOut:
    return TakingsOut(
        district=one.district_id,
        payee=one.payee,
        method=one.method,
        currency=one.currency,
        payments=one.payments,
        paid=one.paid,
        above_bills=one.above_bills,
        refunds=one.refunds,
        refunded=one.refunded,
    )
