"""The steps that take a tariff from a draft to the street, each by the person who may do it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.operator.rate_access import (
    REFUSALS,
    Approver,
    ClockDep,
    DatabaseDep,
    Preparer,
    Reader,
    TableId,
    Version,
    changeable,
    check_zones,
    readable,
    zones_in_force,
)
from api.operator.rate_documents import desk
from api.operator.rate_schemas import (
    EarliestOut,
    HoldMade,
    NoticeIn,
    RateVersionOut,
    ReasonIn,
    RevertIn,
    ReviewOpinionIn,
)
from parking.db.city_calendar import calendars_of
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError
from pricing.rates import lifecycle, reverts
from pricing.rates.notice import earliest_beginning
from pricing.rates.repository import RateVersion
from pricing.validation.validator import refuse_unsound

router = APIRouter(tags=["operators"])
_ONE = "/v1/operator/rate-tables/{rate_table}/{version}"
_YEARS = range(1971, 2200)


@router.post(f"{_ONE}/submit", summary="Give a draft to the legal review", responses=REFUSALS)
async def submit(
    rate_table: TableId, version: Version, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> RateVersionOut:
    """Refused with what the validator finds, and for prices that the document does not allow."""
    async with database.transaction() as session:
        await changeable(session, caller, rate_table, version)
        moved = await lifecycle.submit(
            session, rate_table, version, by=caller.actor, at=clock(), refuse_unsound=refuse_unsound
        )
        return await _told(session, caller, "rate.submitted", moved, clock)


@router.post(f"{_ONE}/review", summary="Decide the legal review", responses=REFUSALS)
async def review(
    rate_table: TableId,
    version: Version,
    decision: ReviewOpinionIn,
    caller: Approver,
    database: DatabaseDep,
    clock: ClockDep,
) -> RateVersionOut:
    """By another person than who prepared it; a version that is not lawful is withdrawn with the opinion."""
    async with database.transaction() as session:
        await changeable(session, caller, rate_table, version)
        moved = await lifecycle.review(
            session,
            rate_table,
            version,
            by=caller.actor,
            at=clock(),
            opinion=decision.opinion,
            lawful=decision.lawful,
        )
        return await _told(session, caller, "rate.reviewed", moved, clock)


@router.get(f"{_ONE}/earliest", summary="When it may begin after a notice of that day", responses=REFUSALS)
async def earliest(
    rate_table: TableId,
    version: Version,
    caller: Reader,
    database: DatabaseDep,
    noticed_on: Annotated[date, Query(description="Day of the notice")],
) -> EarliestOut:
    """Whole working days of the official calendar, the day of the notice not counted."""
    _refuse_strange_year(noticed_on)
    async with database.transaction() as session:
        table = (await readable(session, caller, rate_table, version)).table
        begins = earliest_beginning(table, noticed_on, calendars_of(session))
    return EarliestOut(noticed_on=noticed_on, notice_working_days=table.legal.notice_working_days, earliest=begins)


@router.post(f"{_ONE}/notice", summary="Record the public notice", responses=REFUSALS)
async def notice(
    rate_table: TableId, version: Version, given: NoticeIn, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> RateVersionOut:
    """Refused with `notice_too_short` and the `earliest` beginning; another notice asks for the approval anew."""
    _refuse_strange_year(given.noticed_on)
    async with database.transaction() as session:
        await changeable(session, caller, rate_table, version)
        moved = await lifecycle.give_notice(
            session,
            rate_table,
            version,
            by=caller.actor,
            at=clock(),
            noticed_on=given.noticed_on,
            reference=given.reference,
            effective_from=given.effective_from,
            calendars=calendars_of(session),
        )
        return await _told(session, caller, "rate.noticed", moved, clock)


@router.post(f"{_ONE}/approve", summary="Agree, as the second person", responses=REFUSALS)
async def approve(
    rate_table: TableId, version: Version, caller: Approver, database: DatabaseDep, clock: ClockDep
) -> RateVersionOut:
    async with database.transaction() as session:
        await changeable(session, caller, rate_table, version)
        moved = await lifecycle.approve(session, rate_table, version, by=caller.actor, at=clock())
        return await _told(session, caller, "rate.approved", moved, clock)


@router.post(f"{_ONE}/publish", summary="Publish for the date of the notice", responses=REFUSALS)
async def publish(
    rate_table: TableId, version: Version, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> RateVersionOut:
    """In force from that date on at every place whose sign is confirmed; the others keep what they charge."""
    async with database.transaction() as session:
        await changeable(session, caller, rate_table, version)
        moved = await lifecycle.publish(session, rate_table, version, by=caller.actor, at=clock())
        return await _told(session, caller, "rate.published", moved, clock)


@router.post(f"{_ONE}/withdraw", summary="Give it up before it begins", responses=REFUSALS)
async def withdraw(
    rate_table: TableId, version: Version, because: ReasonIn, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> RateVersionOut:
    async with database.transaction() as session:
        await changeable(session, caller, rate_table, version)
        moved = await lifecycle.withdraw(
            session, rate_table, version, by=caller.actor, at=clock(), reason=because.reason
        )
        return await _told(session, caller, "rate.withdrawn", moved, clock)


@router.post(f"{_ONE}/revert", status_code=201, summary="Take it out of force now", responses=REFUSALS)
async def revert(
    rate_table: TableId, version: Version, wish: RevertIn, caller: Preparer, database: DatabaseDep, clock: ClockDep
) -> HoldMade:
    """An emergency, by one person: the version before is back; a second person confirms the revert."""
    async with database.transaction() as session:
        await readable(session, caller, rate_table, version)
        places = wish.zones if wish.zones is not None else await zones_in_force(session, rate_table, version)
        await check_zones(session, caller, places)
        made = await reverts.revert(
            session,
            rate_table,
            version,
            by=caller.actor,
            at=clock(),
            reason=wish.reason,
            await_signs=not wish.signs_covered,
            zone_ids=None if wish.zones is None else tuple(wish.zones),
        )
        await audit.record(session, caller, "rate.reverted", f"{rate_table}/{version}", at=clock())
        return HoldMade(id=made)


async def _told(
    session: AsyncSession, caller: Caller, action: str, version: RateVersion, clock: Clock
) -> RateVersionOut:
    subject = f"{version.table.rate_table_id}/{version.table.version}"
    await audit.record(session, caller, action, subject, at=clock())
    return (await desk(session, caller, clock())).whole(version)


def _refuse_strange_year(noticed_on: date) -> None:
    if noticed_on.year not in _YEARS:
        raise InvalidInputError("no notice is given in that year", code="date_invalid")
