"""The use cases of proposals: review, take on, approve, reject, publish. Each runs in the caller's transaction."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.db.city_calendar import calendars_of
from parking.domain.errors import ConflictError, InvalidInputError
from parking.events.tariff import TariffProposed
from pricing.proposals import checks, policies, repository
from pricing.proposals.derivation import Change, changes, derived
from pricing.proposals.model import (
    SOURCE,
    Proposal,
    ProposalChangedError,
    PublishedVersion,
    Revision,
    TwoPersonsError,
)
from pricing.proposals.policy import LEAST_WEEKS, ReviewPolicy
from pricing.proposals.question import to_record
from pricing.proposals.review import Period, review
from pricing.rates import service as rates
from pricing.rates.notice import earliest_beginning, refuse_too_early
from pricing.rates.publication import publish_within_document
from pricing.rates.repository import postings_after
from pricing.validation.validator import refuse_unsound

REVIEW_EVERY: Final = timedelta(weeks=LEAST_WEEKS)
"""Published prices are judged by what was measured in so long a time."""

_DUE = text("SELECT pg_advisory_xact_lock(:key)")
_DUE_KEY: Final = 0x50524F50


class NothingToProposeError(ConflictError):
    """No price could be judged; `fields` says why, place by place."""

    code = "nothing_to_propose"


class ProposalOutdatedError(ConflictError):
    """Other prices are in force by now than those that the proposal was made from."""

    code = "proposal_outdated"


def new_proposal_id() -> str:
    return f"TP-{uuid.uuid4().hex}"


async def propose(
    session: AsyncSession,
    *,
    at: datetime,
    prepared_by: str | None,
    policy: ReviewPolicy | None = None,
    zone_ids: Sequence[str] | None = None,
    weeks: int | None = None,
    new_id: Callable[[], str] = new_proposal_id,
) -> Proposal:
    """Review the last whole days and write a proposal down; `prepared_by` None is the schedule.

    Without a `policy` it is the one that these zones follow, and without zones those that follow the city's. Raises `NothingToProposeError`,
    `ConflictError` (`policies_differ`; `policy_decided` where a `policy` is given beside the one they follow) and `PolicyInfeasibleError`; then nothing is written.
    """
    followed, zone_ids = await policies.followed(session, zone_ids)
    if policy is not None and followed is not None:
        raise ConflictError("these zones follow a policy that was decided on", code="policy_decided")
    wanted = policy or (followed and followed.policy) or ReviewPolicy()
    end = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    period = Period(end - timedelta(weeks=weeks or wanted.review_weeks), end)
    found = await review(session, period=period, at=at, wanted=wanted, zone_ids=zone_ids)
    if found.drawn is None:
        raise NothingToProposeError(
            "no price of these places can be judged",
            fields={"skipped": [{"zone": s.zone_id, "kind": s.kind, "reason": s.reason} for s in found.skipped]},
        )
    answer = found.drawn.answer
    first = Revision(
        number=1,
        made_by=prepared_by,
        made_at=at,
        comparison=answer.proposed.comparison,
        gap=answer.proposed.gap,
    )
    question = to_record(found.drawn.question)
    proposal = Proposal(
        proposal_id=new_id(),
        state="proposed",
        method=answer.method,
        because=answer.because,
        period_start=period.start,
        period_end=end,
        policy=question["policy"]
        | {
            "notice_working_days": wanted.notice_working_days,
            "review_policy": None if followed is None else followed.policy_id,
        },
        skipped=found.skipped,
        proposed_at=at,
        cells=found.cells,
        revisions=(first,),
        lottery=found.drawn.lottery,
        prepared_by=prepared_by,
    )
    await add_proposal(session, proposal, question)
    return proposal


async def add_proposal(session: AsyncSession, proposal: Proposal, question: dict[str, Any] | None) -> None:
    """Write a new proposal down and tell of it."""
    at = proposal.proposed_at
    await repository.add(session, proposal, question)
    fact = TariffProposed(
        proposal_id=proposal.proposal_id, zone_ids=proposal.zone_ids, proposed_at=at, method=proposal.method
    )
    await outbox.write(session, fact, source=SOURCE, at=at)


async def propose_when_due(session: AsyncSession, *, at: datetime, district_id: str | None = None) -> Proposal | None:
    """For the schedule: a proposal for a district with a policy of its own, or (None) for all others, when the policy says that it is time.

    Zones that a person had reviewed meanwhile are left to that review. None while an alarm of `checks` of these zones waits for a person.
    """
    await session.execute(_DUE, {"key": _DUE_KEY})
    every, own = await policies.rhythm(session, district_id)
    newest = await repository.scheduled_at(session, own)
    if (newest is not None and at - newest < every) or await checks.is_waiting(session, own):
        return None
    zone_ids = await repository.zones_unreviewed(session, own, at - every)
    try:
        return await propose(session, at=at, prepared_by=None, zone_ids=zone_ids) if zone_ids else None
    except NothingToProposeError:
        return None


async def take_on(session: AsyncSession, proposal_id: str, *, by: str) -> Proposal:
    """A person answers for a proposal of the schedule from now on; by the same person again it changes nothing.

    Raises `ConflictError` (`proposal_taken`) where another person has it.
    """
    found = await repository.find(session, proposal_id, lock=True)
    found.must_be("proposed")
    if found.prepared_by not in {None, by}:
        raise ConflictError("another person prepares this proposal", code="proposal_taken")
    return await _changed(session, replace(found, prepared_by=by))


async def earliest(session: AsyncSession, proposal: Proposal, *, at: datetime) -> datetime | None:
    """The first instant for which it can be approved, by a notice given now; None where nothing moves or a calendar is not announced yet."""
    calendars = calendars_of(session)
    try:
        begins = [
            earliest_beginning(
                table,
                at.astimezone(ZoneInfo(table.timezone)).date(),
                calendars,
                at_least=proposal.notice_working_days,
            )
            for change in changes(proposal.cells)
            for table in [(await rates.version_of(session, change.rate_table_id, change.version)).table]
        ]
    except InvalidInputError:
        return None
    return max([at, *begins]) if begins else None


async def approve(
    session: AsyncSession,
    proposal_id: str,
    *,
    by: str,
    effective_from: datetime,
    at: datetime,
    revision: int | None = None,
) -> Proposal:
    """A second person agrees, for an instant that lies ahead, and so far that a notice given now is in time.

    `revision` is the one that the person has seen. Raises `TwoPersonsError`, `ProposalDecidedError`, `ProposalChangedError`, `InvalidInputError` (`effective_in_past`, `notice_too_short` with the
    `earliest` in its fields, `calendar_unannounced`).
    """
    found = await repository.find(session, proposal_id, lock=True)
    found.must_be("proposed")
    if revision is not None and revision != found.revision:
        raise ProposalChangedError("it was edited meanwhile; look at it again", fields={"revision": found.revision})
    if found.prepared_by is None:
        raise TwoPersonsError("a person has to take this proposal on before another one can approve it")
    if found.prepared_by == by:
        raise TwoPersonsError("who prepared a proposal cannot approve it")
    if effective_from < at:
        raise InvalidInputError("a tariff cannot begin in the past", code="effective_in_past")
    for change in changes(found.cells):
        table = (await rates.version_of(session, change.rate_table_id, change.version)).table
        noticed_on = at.astimezone(ZoneInfo(table.timezone)).date()
        refuse_too_early(table, noticed_on, effective_from, calendars_of(session), at_least=found.notice_working_days)
    return await _changed(
        session, replace(found, state="approved", approved_by=by, approved_at=at, effective_from=effective_from)
    )


async def reject(session: AsyncSession, proposal_id: str, *, by: str, because: str, at: datetime) -> Proposal:
    found = await repository.find(session, proposal_id, lock=True)
    found.must_be("proposed", "approved")
    return await _changed(
        session, replace(found, state="rejected", rejected_by=by, rejected_at=at, rejected_because=because)
    )


async def publish(session: AsyncSession, proposal_id: str, *, by: str, at: datetime) -> Proposal:
    """Turn the prices that move into versions of rate tables, in force from the approved instant on, all or none.

    Raises what `publish_within_document` raises, `ProposalOutdatedError`, `InvalidInputError` (`price_does_not_divide`)
    and `ConflictError` (`nothing_moves`).
    """
    found = await repository.find(session, proposal_id, lock=True)
    found.must_be("approved")
    if found.prepared_by is None or found.approved_by is None or found.effective_from is None:
        raise TwoPersonsError("two persons have to stand behind a price")
    wanted = changes(found.cells)
    if not wanted:
        raise ConflictError("no price of this proposal moves", code="nothing_moves")
    await _refuse_outdated(session, wanted, found.effective_from)
    published = [await _publish(session, change, found, at=at) for change in wanted]
    return await _changed(
        session,
        replace(found, state="published", published_by=by, published_at=at, published_versions=tuple(published)),
    )


async def _publish(session: AsyncSession, change: Change, proposal: Proposal, *, at: datetime) -> PublishedVersion:
    base = await rates.version_of(session, change.rate_table_id, change.version)
    table = derived(base.table, change)
    draft = await rates.draft(
        session,
        table,
        price_document_id=change.price_document_id,
        prepared_by=proposal.prepared_by or "",
        at=at,
        zone_ids=change.zone_ids,
    )
    done = await publish_within_document(
        session,
        draft.table.rate_table_id,
        draft.table.version,
        effective_from=proposal.effective_from or at,
        approved_by=proposal.approved_by or "",
        at=at,
        refuse_unsound=refuse_unsound,
        calendars=calendars_of(session),
    )
    return PublishedVersion(
        rate_table_id=done.table.rate_table_id, version=done.table.version, zone_ids=change.zone_ids
    )


async def _refuse_outdated(session: AsyncSession, wanted: Sequence[Change], instant: datetime) -> None:
    in_force = {
        (assigned.zone_id, assigned.kind): (assigned.table.rate_table_id, assigned.table.version)
        for assigned in await postings_after(session, instant)
        if assigned.start <= instant
    }
    for change in wanted:
        for zone_id in change.zone_ids:
            if in_force.get((zone_id, change.kind)) != (change.rate_table_id, change.version):
                raise ProposalOutdatedError(
                    f"{zone_id} is priced by another version by then; review it anew", fields={"zone": zone_id}
                )


async def _changed(session: AsyncSession, proposal: Proposal) -> Proposal:
    await repository.change(session, proposal)
    return proposal
