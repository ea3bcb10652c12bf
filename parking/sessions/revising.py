"""Brings the stays of a space to what history tells of them, because evidence had come out of order.

Only stays that sensors alone began and ended are moved. Where a person began or ended one, or decided about it, the person's
word stands and the evidence is told, once, for a person to look at. Each move is written down with what was and what is.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.clock import from_micros
from parking.events.fact import Fact
from parking.events.session import SessionContradicted, SessionRevised
from parking.events.space import SpaceEvidenceReordered
from parking.occupancy.changes import space_fact
from parking.occupancy.told_anew import tell_anew
from parking.sessions import repository
from parking.sessions.doubted import DISTRUSTED
from parking.sessions.ids import new_session_id
from parking.sessions.model import ParkingSession
from parking.sessions.retelling import Revision, is_withdrawn, nothing_of, revise, stays_of
from parking.sessions.service import ended_fact, started_fact
from parking.sessions.tables import SessionRevisionRow

LATE_EVIDENCE: Final = "late_evidence"
_EVER: Final = datetime.max.replace(tzinfo=UTC)
_READ: Final = frozenset({"change", "restate", "startup", "fault"})
_TOLD: Final = ("started_at", "started_earliest", "ended_at", "ended_earliest", "ended_latest", "paused_at", "gaps")


async def revise_space(
    session: AsyncSession, late: SpaceEvidenceReordered, *, now: datetime, accuracy: timedelta
) -> list[Fact]:
    """In the caller's transaction, which then holds the space; answers what is to be told of it."""
    await repository.lock_space(session, late.space_id)
    start = late.evidence_from - accuracy
    found = await repository.overlapping(session, late.space_id, start, _EVER)
    existing = [stay for stay in found if not is_withdrawn(stay)]
    cut = min([start, *(stay.started_earliest for stay in existing)])
    told = await tell_anew(session, late.space_id, since=cut, until=now)
    if told is None or _newest_word(existing) > from_micros(told.newest):
        # What moved these stays is not in history yet; when it is, this is told again.
        return []
    stays = stays_of(
        ((space_fact(change), from_micros(change.at)) for change in told.story.changes),
        after=_over_at(await repository.ended_before(session, late.space_id, start)),
        new_id=partial(new_session_id, now),
        accuracy=accuracy,
    )
    stays = [stay for stay in stays if stay.ended_latest is None or stay.ended_latest >= cut]
    revision = revise(existing, stays)
    if any(_is_decided(stay) for stay in existing):
        return await _told_to_a_person(session, existing, revision, late, now)
    return await _applied(session, revision, late, now)


def _over_at(stay: ParkingSession | None) -> datetime | None:
    """Up to which evidence is spent on a stay that is over."""
    if stay is None or stay.ended_at is None:
        return None
    if _is_decided(stay):
        return max(stay.ended_at, _newest_word([stay]))
    return _newest_word([stay])


def _newest_word(stays: Sequence[ParkingSession]) -> datetime:
    words = (proof.at for stay in stays for proof in stay.evidence if proof.evidence in _READ)
    return max(words, default=datetime.min.replace(tzinfo=UTC))


def _is_decided(stay: ParkingSession) -> bool:
    """Whether a person began or ended it, its device was found faulty, or nothing more was heard of it for a day."""
    if any(proof.evidence == DISTRUSTED for proof in stay.evidence):
        return True
    if stay.start_source != "sensor" or stay.end_source not in {None, "sensor"}:
        return True
    return stay.state == "ended" and stay.evidence[-1].evidence == "silence"


async def _applied(
    session: AsyncSession, revision: Revision, late: SpaceEvidenceReordered, now: datetime
) -> list[Fact]:
    facts: list[Fact] = []
    moves = [(stay, nothing_of(stay, now)) for stay in revision.withdrawn] + list(revision.changed)
    # What ends goes first: of open stays the database takes one a space.
    for was, became in sorted(moves, key=lambda move: move[1].state == "open"):
        await repository.save(session, became)
        await _write_down(session, was, became, late, now)
        facts.append(_revised(was, became, late, now))
        if was.state == "open" and became.state == "ended":
            facts.append(ended_fact(became))
    for stay in sorted(revision.begun, key=lambda stay: stay.state == "open"):
        await repository.add(session, stay)
        facts += [started_fact(stay), *([ended_fact(stay)] if stay.state == "ended" else ())]
    return facts


async def _told_to_a_person(
    session: AsyncSession,
    existing: Sequence[ParkingSession],
    revision: Revision,
    late: SpaceEvidenceReordered,
    now: datetime,
) -> list[Fact]:
    if not (revision.changed or revision.begun or revision.withdrawn):
        return []
    about = next(stay for stay in existing if _is_decided(stay))
    known = (SessionRevisionRow.session_id == about.session_id, SessionRevisionRow.evidence_from == late.evidence_from)
    if await session.scalar(select(SessionRevisionRow.revision_id).where(*known).limit(1)) is not None:
        return []
    became = next((became for was, became in revision.changed if was is about), None)
    await _write_down(session, about, became, late, now, is_applied=False)
    fact = SessionContradicted(
        session_id=about.session_id,
        space_id=about.place_id,
        zone_id=about.zone_id,
        observed_at=late.evidence_from,
        reason=LATE_EVIDENCE,
    )
    return [fact]


async def _write_down(
    session: AsyncSession,
    was: ParkingSession,
    became: ParkingSession | None,
    late: SpaceEvidenceReordered,
    now: datetime,
    *,
    is_applied: bool = True,
) -> None:
    values = {
        "session_id": was.session_id,
        "evidence_from": late.evidence_from,
        "revised_at": now,
        "is_applied": is_applied,
        "was": _edges(was),
        "became": None if became is None else _edges(became),
    }
    await session.execute(insert(SessionRevisionRow).values(values))


def _edges(stay: ParkingSession) -> dict[str, Any]:
    edges: dict[str, Any] = msgspec.to_builtins({name: getattr(stay, name) for name in _TOLD})
    return edges


def _revised(
    was: ParkingSession, became: ParkingSession, late: SpaceEvidenceReordered, now: datetime
) -> SessionRevised:
    return SessionRevised(
        session_id=was.session_id,
        space_id=was.place_id,
        zone_id=was.zone_id,
        evidence_from=late.evidence_from,
        revised_at=now,
        started_at=became.started_at,
        ended_at=became.ended_at,
        was_started_at=was.started_at,
        was_ended_at=was.ended_at,
        is_withdrawn=is_withdrawn(became),
    )
