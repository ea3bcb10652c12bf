"""Stays that nobody ended: what becomes of one of which nothing is heard any more, and how a person ends it.

A stay that a sensor followed is paused when its evidence breaks off and ended a day later (`service.end_lost`). One that only
people told of has no such voice: when nothing was heard of it for long, it is paused back to the last word, so that doubt
costs the driver nothing, and a person decides what became of it.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, InvalidInputError
from parking.events.session import SessionContradicted
from parking.sessions import moves, repository
from parking.sessions.model import ParkingSession, Proof
from parking.sessions.service import CLOCK_SKEW, SOURCE, ended_fact, for_update, get

UNHEARD_AFTER: Final = timedelta(hours=24)
"""Unless the installation sets `PARKING_UNHEARD_HOURS`."""
NEVER_ENDED: Final = "stay_never_ended"
_TOGETHER: Final = 500


async def pause_unheard(session: AsyncSession, now: datetime, after: timedelta = UNHEARD_AFTER) -> int:
    """Pause open stays of which only people told, and nobody for longer than `after`; answers how many.

    Each is told once as `parking.session.contradicted`, for a person to look at.
    """
    unheard = await repository.unheard_since(session, now - after, _TOGETHER)
    await repository.lock_places(session, [found.place_id for found in unheard])
    for found in unheard:
        stay = await for_update(session, found.session_id)
        if stay != found:
            continue
        proof = Proof(now, "paused", stay.start_source, "silence")
        await repository.save(session, _silenced(stay, proof))
        fact = SessionContradicted(
            session_id=stay.session_id,
            space_id=stay.place_id,
            zone_id=stay.zone_id,
            observed_at=now,
            reason=NEVER_ENDED,
        )
        await outbox.write(session, fact, source=SOURCE, at=now)
    return len(unheard)


async def end_by_decision(
    session: AsyncSession, session_id: str, *, left_at: datetime | None, evidence_id: str | None, by: str, now: datetime
) -> ParkingSession:
    """End an open stay on a person's word: at `left_at`, or at the last evidence that the vehicle was there.

    What was paused stays uncharged. Raises NotFoundError `session_unknown`, ConflictError `session_ended`,
    InvalidInputError `ends_in_future`, `ends_before_start`.
    """
    await repository.lock_space(session, (await get(session, session_id)).place_id)
    stay = await for_update(session, session_id)
    if stay.state == "ended":
        raise ConflictError("the stay has ended already", code="session_ended")
    if left_at is not None and left_at > now + CLOCK_SKEW:
        raise InvalidInputError("a stay cannot end in the future", code="ends_in_future")
    if left_at is not None and left_at < stay.started_earliest:
        raise InvalidInputError("a stay ends after it starts", code="ends_before_start")
    earliest = last_certain(stay) if left_at is None else left_at.astimezone(UTC)
    latest = now if left_at is None else earliest
    proof = Proof(earliest, "ended", "attendant", by=by, evidence_id=evidence_id)
    over = moves.ended(stay, earliest, latest, "attendant", proof)
    await repository.save(session, over)
    await outbox.write(session, ended_fact(over), source=SOURCE, at=now)
    return over


def last_certain(stay: ParkingSession) -> datetime:
    """The last moment at which the vehicle was certainly there."""
    if stay.paused_at is not None and stay.pause_reason != "restricted":
        return stay.paused_at
    return stay.last_word if stay.last_positive_at is None else stay.last_positive_at


def _silenced(stay: ParkingSession, proof: Proof) -> ParkingSession:
    """Paused back to the last word, also where a closed space had paused it from a later moment on."""
    open_again = replace(stay, gaps=stay.uncharged(proof.at), paused_at=None, pause_reason=None)
    return moves.paused(open_again, stay.last_word, "silent", proof)
