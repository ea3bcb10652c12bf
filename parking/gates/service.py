"""What a facility may report. Every use case runs in the caller's transaction and ends none.

A report is kept as it was said. What it belongs to is asked later (`visits`), so early and late batches end alike.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.gates import estimates, repository
from parking.gates.model import FacilityCount, Passage, ReportedPayment, ReportedTariff, overlaps
from parking.gates.repository import ReportingPlace

CLOCK_SKEW: Final = timedelta(minutes=2)
"""How far the clock of a gate may be ahead of ours."""
CountOutcome = Literal["current", "repeated", "superseded"]


class FacilityUnknownError(NotFoundError):
    """There is no such facility."""

    code = "facility_unknown"


class BilledByCityError(ConflictError):
    """The city bills what stands there, so the facility has no money and no prices of its own to report."""

    code = "facility_billed_by_city"


async def place_of(session: AsyncSession, facility_id: str) -> ReportingPlace:
    """Raises `FacilityUnknownError`."""
    found = await repository.place(session, facility_id)
    if found is None:
        raise FacilityUnknownError(f"there is no facility {facility_id!r}")
    return found


async def keep_passage(session: AsyncSession, passage: Passage, *, now: datetime, by: str) -> None:
    """Raises InvalidInputError `in_future`, ConflictError `visit_passed_twice` when the visit went that way before."""
    _check_past(passage.at, now)
    await repository.lock_facility(session, passage.facility_id)
    known = await repository.of_visit(session, passage.facility_id, passage.visit_id, passage.direction)
    if known is not None:
        raise ConflictError(
            f"the {passage.direction} of this visit was reported as {known.item_id!r}", code="visit_passed_twice"
        )
    await repository.add_passage(session, passage, at=now, by=by)
    await estimates.follow_passage(session, passage)


async def keep_payment(
    session: AsyncSession, place: ReportingPlace, payment: ReportedPayment, *, now: datetime, by: str
) -> None:
    """Raises InvalidInputError `in_future`, `BilledByCityError`."""
    _check_past(payment.at, now)
    _check_bills_itself(place, payment.at)
    await repository.add_payment(session, payment, at=now, by=by)


async def keep_count(session: AsyncSession, count: FacilityCount, *, now: datetime) -> CountOutcome:
    """The newest count stands, whatever the order in which they come. Raises InvalidInputError `in_future`."""
    _check_past(count.observed_at, now)
    await repository.lock_facility(session, count.facility_id)
    standing = await repository.count_now(session, count.facility_id)
    if standing == count:
        return "repeated"
    if standing is not None and (standing.observed_at, standing.item_id) >= (count.observed_at, count.item_id):
        return "superseded"
    await repository.put_count(session, count)
    await estimates.follow_count(session, count)
    return "current"


async def keep_tariff(
    session: AsyncSession,
    place: ReportingPlace,
    item_id: str,
    tariff: ReportedTariff,
    *,
    stated_at: datetime,
    now: datetime,
    by: str,
) -> None:
    """Prices may be told ahead. Raises InvalidInputError `tariff_invalid`, `in_future`, `BilledByCityError`."""
    _check_past(stated_at, now)
    if overlaps(tariff.steps):
        raise InvalidInputError("steps are in order, share no time, and only the last is open", code="tariff_invalid")
    if tariff.valid_to is not None and tariff.valid_to <= tariff.valid_from:
        raise InvalidInputError("a validity ends after it begins", code="tariff_invalid")
    _check_bills_itself(place, tariff.valid_from)
    await repository.add_tariff(session, place.facility_id, item_id, tariff, stated_at=stated_at, by=by)


def _check_past(at: datetime, now: datetime) -> None:
    if at > now + CLOCK_SKEW:
        raise InvalidInputError("this lies in the future; check the clock of the gate", code="in_future")


def _check_bills_itself(place: ReportingPlace, at: datetime) -> None:
    if not place.bills_itself_at(at):
        raise BilledByCityError(
            f"the facility {place.facility_id} is not marked in the inventory as one that bills for itself at this time"
        )
