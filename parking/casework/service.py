"""What one may do with cases. Every use case runs in the caller's transaction, and what a decision does is done in it too."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.casework import repository
from parking.casework.model import (
    GONE_WITH_THE_STAY,
    MOVES,
    Case,
    CaseKind,
    Decision,
    Finding,
    Outcome,
    Report,
    Stage,
    check_decision,
)
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.domain.sortable_ids import new_sortable_id
from parking.events.case import CaseAssigned, CaseClosed, CaseOpened
from parking.evidence import service as evidence
from parking.privacy.redaction import redact
from parking.privacy.vault import SealedPlate
from parking.sessions import service as sessions
from parking.sessions.correction import reassign
from parking.sessions.unended import end_by_decision

SOURCE: Final = "parking.casework"
PLATFORM: Final = "system"
OLDEST_REPORT: Final = timedelta(days=30)
"""A telephone without network delivers later than this only when something is wrong."""


async def report(session: AsyncSession, wish: Report, *, by: str, at: datetime) -> Case:
    """A person on the street has seen something.

    Raises NotFoundError (`space_unknown`, `session_unknown`, `evidence_unknown`), InvalidInputError (`seen_in_future`,
    `seen_too_long_ago`, `report_mismatched` for a stay on another space).
    """
    seen_at = at if wish.seen_at is None else wish.seen_at
    if seen_at > at + sessions.CLOCK_SKEW:
        raise InvalidInputError("nothing is seen in the future", code="seen_in_future")
    if seen_at < at - OLDEST_REPORT:
        raise InvalidInputError(f"a report comes within {OLDEST_REPORT.days} days", code="seen_too_long_ago")
    zone_id = await repository.zone_of_space(session, wish.space_id)
    if zone_id is None:
        raise NotFoundError(f"there is no space {wish.space_id[:64]!r}", code="space_unknown")
    if wish.session_id is not None and (await sessions.get(session, wish.session_id)).space_id != wish.space_id:
        raise InvalidInputError("the stay is on another space", code="report_mismatched")
    found = Finding(
        kind=wish.kind,
        zone_id=zone_id,
        seen_at=seen_at.astimezone(UTC),
        by=by,
        space_id=wish.space_id,
        session_id=wish.session_id,
        words=None if wish.words is None else redact(wish.words),
        evidence_ids=wish.evidence_ids,
    )
    return await file(session, found, at=at)


async def file(session: AsyncSession, found: Finding, *, at: datetime) -> Case:
    """Open a case, or add to the open one about the same thing. Raises NotFoundError `evidence_unknown`."""
    await repository.lock_about(session, found)
    case = await repository.open_about(session, found)
    if case is None:
        case = await _opened(session, found, at)
    else:
        case = replace(case, seen_at=max(case.seen_at, found.seen_at), times_seen=case.times_seen + 1)
        await repository.save(session, case)
    for evidence_id in found.evidence_ids:
        await _add_evidence(session, case, evidence_id, by=found.by, at=at)
    return case


async def get(session: AsyncSession, case_id: str) -> Case:
    """Raises NotFoundError `case_unknown`."""
    return _known(await repository.find(session, case_id), case_id)


async def listed(
    session: AsyncSession,
    *,
    district_id: str | None = None,
    kinds: Collection[CaseKind] | None = None,
    stages: Collection[Stage] | None = None,
    session_id: str | None = None,
    space_id: str | None = None,
    assigned_to: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[Case]:
    """Newest first; None limits nothing."""
    return await repository.listed(
        session,
        district_id=district_id,
        kinds=kinds,
        stages=stages,
        session_id=session_id,
        space_id=space_id,
        assigned_to=assigned_to,
        after=after,
        limit=limit,
    )


async def assign(session: AsyncSession, case_id: str, *, to: str, by: str, at: datetime) -> Case:
    """Give a case to a person; to the same person again it has no effect.

    Raises NotFoundError `case_unknown`, ConflictError `case_closed`.
    """
    case = _known(await repository.find(session, case_id, lock=True), case_id)
    stage = MOVES.get((case.stage, "assign"))
    if stage is None:
        raise ConflictError("this case is closed", code="case_closed")
    if case.assigned_to == to:
        return case
    case = replace(case, stage=stage, assigned_to=to, assigned_at=at)
    await repository.save(session, case)
    await repository.add_step(session, case_id, "assigned", actor=by, at=at, details={"to": to})
    fact = CaseAssigned(case_id=case_id, kind=case.kind, district_id=case.district_id, assigned_at=at)
    await outbox.write(session, fact, source=SOURCE, at=at)
    return case


async def add_evidence(session: AsyncSession, case_id: str, evidence_id: str, *, by: str, at: datetime) -> Case:
    """Raises NotFoundError (`case_unknown`, `evidence_unknown`), ConflictError `case_closed`."""
    case = _known(await repository.find(session, case_id, lock=True), case_id)
    if case.stage == "closed":
        raise ConflictError("this case is closed", code="case_closed")
    await _add_evidence(session, case, evidence_id, by=by, at=at)
    return case


async def decide(
    session: AsyncSession,
    case_id: str,
    decision: Decision,
    *,
    by: str,
    at: datetime,
    right_plate: SealedPlate | None = None,
) -> Case:
    """A person's word, and what it does to the stay, at once or not at all.

    `right_plate` goes with `reassign`; a bill that was paid for the wrong car is the caller's to give back before. Raises
    NotFoundError (`case_unknown`, `evidence_unknown`), ConflictError (`case_closed`, `session_ended`), and as
    `check_decision`, `end_by_decision` and `reassign`; InvalidInputError `plate_missing`.
    """
    case = _known(await repository.find(session, case_id, lock=True), case_id)
    if case.stage == "closed":
        raise ConflictError("this case is closed", code="case_closed")
    check_decision(case, decision)
    if decision.order is not None and decision.order.towed_at > at + sessions.CLOCK_SKEW:
        raise InvalidInputError("nothing is towed in the future", code="ends_in_future")
    if (decision.outcome == "reassign") != (right_plate is not None):
        raise InvalidInputError("to reassign a stay, give the right plate", code="plate_missing")
    shown = decision.evidence_id if decision.order is None else decision.order.evidence_id
    if shown is not None:
        await _add_evidence(session, case, shown, by=by, at=at)
    await _done(session, case, decision, shown, right_plate, by, at)
    return await _closed(session, case, decision.outcome, decision.reason, by, at, _details(decision, shown))


async def resolve(session: AsyncSession, session_ids: Collection[str], *, at: datetime) -> None:
    """Stays have ended by themselves: what was open because they did not is closed."""
    for case in await repository.open_of_stays(session, session_ids, GONE_WITH_THE_STAY):
        await _closed(session, case, "resolved_itself", "the stay has ended", PLATFORM, at, {})


async def _opened(session: AsyncSession, found: Finding, at: datetime) -> Case:
    case = Case(
        case_id=new_sortable_id(at),
        kind=found.kind,
        stage="filed",
        district_id=await repository.district_of_zone(session, found.zone_id),
        zone_id=found.zone_id,
        space_id=found.space_id,
        session_id=found.session_id,
        words=found.words,
        opened_at=at,
        opened_by=found.by,
        seen_at=found.seen_at,
        times_seen=1,
        assigned_to=None,
        assigned_at=None,
        outcome=None,
        reason=None,
        decided_by=None,
        decided_at=None,
    )
    await repository.add(session, case, found.about)
    await repository.add_step(session, case.case_id, "opened", actor=found.by, at=at, details={})
    if found.session_id is not None:
        await evidence.hold_stay(session, _holder(case), found.session_id, at=at)
    fact = CaseOpened(
        case_id=case.case_id,
        kind=case.kind,
        district_id=case.district_id,
        zone_id=case.zone_id,
        space_id=case.space_id,
        session_id=case.session_id,
        opened_at=at,
    )
    await outbox.write(session, fact, source=SOURCE, at=at)
    return case


async def _add_evidence(session: AsyncSession, case: Case, evidence_id: str, *, by: str, at: datetime) -> None:
    item = await evidence.known(session, evidence_id)
    if item.district_id != case.district_id:
        raise NotFoundError(f"there is no evidence {evidence_id[:64]!r} in this district", code="evidence_unknown")
    await evidence.hold(session, _holder(case), [evidence_id], actor=by, at=at)
    if await repository.add_evidence(session, case.case_id, evidence_id):
        details = {"evidence": evidence_id}
        await repository.add_step(session, case.case_id, "evidence_added", actor=by, at=at, details=details)


async def _done(
    session: AsyncSession,
    case: Case,
    decision: Decision,
    shown: str | None,
    right_plate: SealedPlate | None,
    by: str,
    at: datetime,
) -> None:
    if case.session_id is None:
        return
    if decision.outcome in {"end_stay", "end_at_last_evidence"}:
        await end_by_decision(session, case.session_id, left_at=decision.ended_at, evidence_id=shown, by=by, now=at)
    elif decision.order is not None and (await sessions.get(session, case.session_id)).state == "open":
        await end_by_decision(
            session, case.session_id, left_at=decision.order.towed_at, evidence_id=shown, by=by, now=at
        )
    elif right_plate is not None:
        await reassign(session, case.session_id, plate=right_plate, now=at, by=by)


async def _closed(
    session: AsyncSession, case: Case, outcome: Outcome, reason: str, by: str, at: datetime, details: dict[str, Any]
) -> Case:
    stage = MOVES[case.stage, "decide"]
    case = replace(case, stage=stage, outcome=outcome, reason=redact(reason), decided_by=by, decided_at=at)
    await repository.save(session, case)
    told = {"outcome": outcome, "reason": case.reason} | details
    await repository.add_step(session, case.case_id, "closed", actor=by, at=at, details=told)
    await evidence.release(session, _holder(case), actor=by, at=at)
    fact = CaseClosed(case_id=case.case_id, kind=case.kind, district_id=case.district_id, outcome=outcome, closed_at=at)
    await outbox.write(session, fact, source=SOURCE, at=at)
    return case


def _details(decision: Decision, shown: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if decision.ended_at is not None:
        told["ended_at"] = decision.ended_at.isoformat()
    if shown is not None:
        told["evidence"] = shown
    if decision.order is not None:
        order = decision.order
        told["order"] = {
            "authority": order.authority,
            "number": order.number,
            "towed_at": order.towed_at.isoformat(),
            "taken_to": order.taken_to,
        }
    return told


def _holder(case: Case) -> str:
    return f"case:{case.case_id}"


def _known(case: Case | None, case_id: str) -> Case:
    if case is None:
        raise NotFoundError(f"there is no case {case_id[:64]!r}", code="case_unknown")
    return case
