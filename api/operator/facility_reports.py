"""What facilities with systems of their own have reported: daily totals, and the reports that belong to nothing."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import Caller
from api.operator.money_access import scope_of
from api.operator.reconciliation_access import REFUSALS, ClockDep, DatabaseDep, Reader
from api.operator.reconciliation_schemas import TimeZone
from parking.domain.errors import InvalidInputError
from parking.gates import visits
from parking.gates.repository import facilities_in
from parking.gates.totals import day_totals
from parking.gates.visits import UnmatchedKind
from pricing.reconciliation.comparing import Day

router = APIRouter(tags=["operators"])
LONGEST: Final = timedelta(days=31)
DayQuery = Annotated[date, Query(ge=date(2000, 1, 1), lt=date(2100, 1, 1))]
ZoneQuery = Annotated[TimeZone, Query(description="Whose calendar the days are of")]
FacilityQuery = Annotated[str | None, Query(description="Only this facility")]


class FacilityDay(BaseModel):
    """A facility's day as reported; one for each currency where money came in several. None of it is in our ledger."""

    facility: str
    day: date
    entries: int
    exits: int
    payments: int
    paid: int = Field(description="Minor units of `currency`")
    currency: str | None
    capacity: int | None = Field(description="As told last; null of a facility that tells no counts")
    turnover: float | None = Field(description="Entries a space")


class FacilityDays(BaseModel):
    """In order of day and facility; a day without reports is not listed."""

    days: list[FacilityDay]


class UnmatchedReport(BaseModel):
    """A report that belongs to no other: listed for a person, never guessed."""

    kind: UnmatchedKind
    facility: str
    item: str = Field(description="The reporter's own id of the item")
    at: datetime
    amount: int | None
    currency: str | None


class UnmatchedReports(BaseModel):
    """Oldest first."""

    reports: list[UnmatchedReport]


@router.get("/v1/operator/facility-totals", summary="Facilities' days as reported", responses=REFUSALS)
async def facility_totals(
    caller: Reader,
    database: DatabaseDep,
    clock: ClockDep,
    first: DayQuery,
    last: DayQuery,
    time_zone: ZoneQuery = "Asia/Shanghai",
    facility: FacilityQuery = None,
) -> FacilityDays:
    """Of at most 31 days, both included. A district sees its own facilities, an operating company its own."""
    start, end = _span(first, last, time_zone)
    async with database.transaction() as session:
        facility_ids = await _facilities(session, caller, clock(), facility)
        totals = await day_totals(session, facility_ids, start, end, time_zone)
    return FacilityDays(
        days=[
            FacilityDay(
                facility=one.facility_id,
                day=one.day,
                entries=one.entries,
                exits=one.exits,
                payments=one.payments,
                paid=one.paid,
                currency=one.currency,
                capacity=one.capacity,
                turnover=one.turnover,
            )
            for one in totals
        ]
    )


@router.get("/v1/operator/facility-reports/unmatched", summary="Reports that belong to nothing", responses=REFUSALS)
async def unmatched_reports(
    caller: Reader,
    database: DatabaseDep,
    clock: ClockDep,
    first: DayQuery,
    last: DayQuery,
    time_zone: ZoneQuery = "Asia/Shanghai",
    facility: FacilityQuery = None,
) -> UnmatchedReports:
    """Exits without an entry, payments without a visit, and entries whose car came in again or stands for seven days."""
    start, end = _span(first, last, time_zone)
    now = clock()
    async with database.transaction() as session:
        facility_ids = await _facilities(session, caller, now, facility)
        found = await visits.unmatched(session, facility_ids, start, end, now=now)
    return UnmatchedReports(
        reports=[
            UnmatchedReport(
                kind=one.kind,
                facility=one.facility_id,
                item=one.item_id,
                at=one.at,
                amount=one.amount,
                currency=one.currency,
            )
            for one in found
        ]
    )


async def _facilities(session: AsyncSession, caller: Caller, now: datetime, facility: str | None) -> list[str]:
    scope = scope_of(caller)
    ids = await facilities_in(session, district_id=scope.district_id, operator_id=scope.operator_id, at=now)
    return ids if facility is None else [one for one in ids if one == facility]


def _span(first: date, last: date, time_zone: str) -> tuple[datetime, datetime]:
    if not first <= last < first + LONGEST:
        raise InvalidInputError(f"ask for 1 to {LONGEST.days} days, the first one first", code="days_invalid")
    zone = ZoneInfo(time_zone)
    return Day(day=first, zone=zone).start, Day(day=last, zone=zone).end
