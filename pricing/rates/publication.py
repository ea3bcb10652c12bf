"""Publishing in one go, by two persons: a price that moves within its document, and a tariff taken over from the street."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from parking.calendar.official import OFFICIAL, Calendars
from parking.domain.errors import ConflictError
from pricing.rates import assignments, audit, lifecycle, repository, signs
from pricing.rates.entry_into_force import places_priced, put_in_force
from pricing.rates.legal_basis import refuse_outside, refuse_unlawful
from pricing.rates.repository import RateVersion
from pricing.rates.service import version_of


async def publish_within_document(
    session: AsyncSession,
    rate_table_id: str,
    version: int,
    *,
    effective_from: datetime,
    approved_by: str,
    at: datetime,
    refuse_unsound: lifecycle.RefuseUnsound,
    noticed_on: date | None = None,
    reference: str = "price board",
    calendars: Calendars = OFFICIAL,
) -> RateVersion:
    """All steps of a draft in one transaction, by its preparer and a second person, each step audited and refused as above.

    For prices that move within a document that was reviewed before. Where no other notice was given, the price board is the
    notice, on the day of `at`.
    """
    found = await version_of(session, rate_table_id, version)
    day = noticed_on or at.astimezone(ZoneInfo(found.table.timezone)).date()
    await lifecycle.submit(session, rate_table_id, version, by=found.prepared_by, at=at, refuse_unsound=refuse_unsound)
    await lifecycle.review(
        session, rate_table_id, version, by=approved_by, at=at, opinion="within the document", lawful=True
    )
    await lifecycle.give_notice(
        session,
        rate_table_id,
        version,
        by=found.prepared_by,
        at=at,
        noticed_on=day,
        reference=reference,
        effective_from=effective_from,
        calendars=calendars,
    )
    await lifecycle.approve(session, rate_table_id, version, by=approved_by, at=at)
    return await lifecycle.publish(session, rate_table_id, version, by=approved_by, at=at)


async def adopt(
    session: AsyncSession,
    rate_table_id: str,
    version: int,
    *,
    effective_from: datetime,
    approved_by: str,
    signs_seen_by: str,
    at: datetime,
) -> RateVersion:
    """Take over a draft as the tariff that was on the street, with its signs, before the platform knew the places.

    It needs no notice, as nothing changes; two persons and a lawful basis it needs all the same, and prices within the
    document where the limits of that are written down. Raises `ConflictError` (`rate_step_refused`, `two_persons_needed`,
    `rates_known_already` where a place has a tariff) and `InvalidInputError` as `lifecycle.publish`.
    """
    await repository.lock_rates(session)
    found = await version_of(session, rate_table_id, version)
    if found.state != "draft":
        raise ConflictError(f"{found.name} is {found.state}, no draft", code="rate_step_refused")
    if approved_by == found.prepared_by:
        raise ConflictError("who prepared a tariff cannot approve it", code="two_persons_needed")
    document = await refuse_unlawful(session, found.table, found.price_document_id, unwritten_limits=True)
    refuse_outside(document, effective_from)
    places = await places_priced(session, found)
    known = await assignments.ever_priced(session, places)
    if known:
        raise ConflictError(
            f"{', '.join(known[:5])} has a tariff already; a change of it goes through all steps",
            code="rates_known_already",
        )
    adopted = replace(
        found,
        state="published",
        approved_by=approved_by,
        approved_at=at,
        published_by=approved_by,
        published_at=at,
        effective_from=effective_from,
    )
    await repository.move(session, adopted)
    made = await put_in_force(session, adopted, places, document.number, at=at)
    await signs.confirm_taken_over(session, made, by=signs_seen_by, at=effective_from)
    details = {"effective_from": effective_from.isoformat(), "signs_seen_by": signs_seen_by}
    await audit.record(session, "rate.adopted", by=approved_by, at=at, table=adopted.table, details=details)
    return adopted
