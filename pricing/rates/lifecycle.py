"""The steps of a version: draft, in review, reviewed, noticed, approved, published; or withdrawn.

Whoever prepared a version neither reviews nor approves it. The law is asked at every step that could let something
unlawful pass: at submission, at the notice and at publication. Every step is audited and runs in the caller's transaction.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.calendar.official import OFFICIAL, Calendars
from parking.db.city_calendar import calendars_of
from parking.domain.errors import ConflictError, InvalidInputError
from parking.events.tariff import TariffNoticed, TariffWithdrawn
from parking.places.repository.changes import announce
from parking.places.service import REGISTRY_CHANNEL
from pricing.rates import assignments, audit, entry_into_force, repository
from pricing.rates.legal_basis import refuse_outside, refuse_unlawful
from pricing.rates.model import RateTable
from pricing.rates.notice import refuse_too_early
from pricing.rates.repository import RateVersion, State
from pricing.rates.service import version_of
from pricing.rates.signs import NOTICE, SOURCE

RefuseUnsound = Callable[[RateTable, Calendars], None]
"""`pricing.validation.validator.refuse_unsound`, which stands above the calculator and so above this room."""


async def submit(
    session: AsyncSession, rate_table_id: str, version: int, *, by: str, at: datetime, refuse_unsound: RefuseUnsound
) -> RateVersion:
    """Give a draft to the legal review.

    Raises `ConflictError` (`rate_step_refused`), `PriceNotAllowedError`, `InvalidInputError` (`document_missing`,
    `legal_basis_differs`) and what `refuse_unsound` raises.
    """
    drafted = await version_of(session, rate_table_id, version)
    # Before any lock is taken, and beside the event loop: a large table is thousands of probe stays.
    await asyncio.to_thread(refuse_unsound, drafted.table, calendars_of(session))
    found = await _in(session, rate_table_id, version, "draft")
    await refuse_unlawful(session, found.table, found.price_document_id)
    return await _moved(session, replace(found, state="in_review"), "rate.submitted", by=by, at=at)


async def review(
    session: AsyncSession, rate_table_id: str, version: int, *, by: str, at: datetime, opinion: str, lawful: bool
) -> RateVersion:
    """Record the legal review; a version that it refuses is withdrawn, and its correction is a new version.

    Raises `ConflictError` (`rate_step_refused`, `two_persons_needed`).
    """
    found = await _in(session, rate_table_id, version, "in_review")
    _refuse_preparer(found, by)
    if not lawful:
        return await withdraw(session, rate_table_id, version, by=by, at=at, reason=opinion)
    reviewed = replace(found, state="reviewed", reviewed_by=by, reviewed_at=at)
    return await _moved(session, reviewed, "rate.reviewed", by=by, at=at, reason=opinion)


async def give_notice(
    session: AsyncSession,
    rate_table_id: str,
    version: int,
    *,
    by: str,
    at: datetime,
    noticed_on: date,
    reference: str,
    effective_from: datetime,
    calendars: Calendars = OFFICIAL,
) -> RateVersion:
    """Record the public notice: the day, where it is found, and from when on it says that the tariff holds.

    Another notice may follow, with another date; an approval is then given anew. Raises `ConflictError`
    (`rate_step_refused`), `InvalidInputError` (`notice_too_short` with the `earliest` in its fields,
    `notice_in_future`, `calendar_unannounced`, `document_not_in_force`, `legal_basis_differs`) and
    `PriceNotAllowedError`.
    """
    found = await _in(session, rate_table_id, version, "reviewed", "noticed", "approved")
    if noticed_on > at.astimezone(ZoneInfo(found.table.timezone)).date():
        raise InvalidInputError("a notice is recorded once it is given", code="notice_in_future")
    refuse_too_early(found.table, noticed_on, effective_from, calendars)
    document = await refuse_unlawful(session, found.table, found.price_document_id)
    refuse_outside(document, effective_from)
    noticed = replace(
        found,
        state="noticed",
        noticed_on=noticed_on,
        notice_reference=reference,
        effective_from=effective_from,
        approved_by=None,
        approved_at=None,
    )
    fact = TariffNoticed(
        rate_table_id=rate_table_id,
        version=version,
        noticed_on=noticed_on,
        reference=reference,
        effective_from=effective_from,
    )
    await outbox.write(session, fact, source=SOURCE, at=at)
    details = {
        "noticed_on": noticed_on.isoformat(),
        "reference": reference,
        "effective_from": effective_from.isoformat(),
    }
    return await _moved(session, noticed, "rate.noticed", by=by, at=at, details=details)


async def approve(session: AsyncSession, rate_table_id: str, version: int, *, by: str, at: datetime) -> RateVersion:
    """The second person agrees to the version and to its date.

    Raises `ConflictError` (`rate_step_refused`, `two_persons_needed`).
    """
    found = await _in(session, rate_table_id, version, "noticed")
    _refuse_preparer(found, by)
    approved = replace(found, state="approved", approved_by=by, approved_at=at)
    return await _moved(session, approved, "rate.approved", by=by, at=at)


async def publish(session: AsyncSession, rate_table_id: str, version: int, *, by: str, at: datetime) -> RateVersion:
    """Let an approved version be in force from the instant of its notice on, and ask for its signs; before it nothing changes.

    Raises `ConflictError` (`rate_step_refused`, `rate_version_planned` where a version already begins then or later,
    `rates_frozen`, `revert_unconfirmed`), `InvalidInputError` (`effective_in_past`, `document_not_in_force`,
    `legal_basis_differs`, `rates_apply_nowhere`) and `PriceNotAllowedError`.
    """
    found = await _in(session, rate_table_id, version, "approved")
    effective_from = found.effective_from
    if effective_from is None or effective_from < at:
        raise InvalidInputError(
            "a tariff cannot begin in the past; another notice names another day", code="effective_in_past"
        )
    document = await refuse_unlawful(session, found.table, found.price_document_id)
    refuse_outside(document, effective_from)
    places = await entry_into_force.places_for(session, found, effective_from, at=at)
    published = await _moved(
        session,
        replace(found, state="published", published_by=by, published_at=at),
        "rate.published",
        by=by,
        at=at,
        details={"effective_from": effective_from.isoformat(), "zones": sorted({zone_id for zone_id, _ in places})},
    )
    await entry_into_force.put_in_force(session, published, places, document.number, at=at)
    return published


async def withdraw(
    session: AsyncSession, rate_table_id: str, version: int, *, by: str, at: datetime, reason: str
) -> RateVersion:
    """Give a version up; a published one only before it has begun anywhere, and what it would have ended goes on.

    Raises `ConflictError` (`rate_step_refused`, `rate_in_force_already`: then there is a revert).
    """
    found = await _in(
        session, rate_table_id, version, "draft", "in_review", "reviewed", "noticed", "approved", "published"
    )
    places = await assignments.of_version(session, rate_table_id, version)
    if any(place.begins <= at for place in places):
        raise ConflictError(f"{found.name} is in force; revert it instead", code="rate_in_force_already")
    withdrawn = await _moved(session, replace(found, state="withdrawn"), "rate.withdrawn", by=by, at=at, reason=reason)
    for place in places:
        await assignments.cancel(session, place, at)
    fact = TariffWithdrawn(rate_table_id=rate_table_id, version=version, withdrawn_at=at, reason=reason)
    await outbox.write(session, fact, source=SOURCE, at=at)
    await announce(session, REGISTRY_CHANNEL, NOTICE)
    return withdrawn


async def _in(session: AsyncSession, rate_table_id: str, version: int, *states: State) -> RateVersion:
    await repository.lock_rates(session)
    found = await version_of(session, rate_table_id, version)
    if found.state not in states:
        raise ConflictError(
            f"{found.name} is {found.state}; this step needs it to be {' or '.join(states)}",
            code="rate_step_refused",
            fields={"state": found.state, "needed": list(states)},
        )
    return found


def _refuse_preparer(found: RateVersion, by: str) -> None:
    if by == found.prepared_by:
        raise ConflictError("who prepared a tariff neither reviews nor approves it", code="two_persons_needed")


async def _moved(
    session: AsyncSession,
    version: RateVersion,
    action: str,
    *,
    by: str,
    at: datetime,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> RateVersion:
    await repository.move(session, version)
    await audit.record(session, action, by=by, at=at, table=version.table, reason=reason, details=details)
    return version
