"""Stays at a facility as a whole, as its gate saw them: a plate went in, a plate came out, and no single space is known.

A plate has one open stay at a facility at most. Nothing is guessed: of a stay whose end nobody saw no time is charged.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.events.session import SessionContradicted
from parking.privacy.vault import SealedPlate
from parking.sessions import moves, repository
from parking.sessions.ids import new_session_id
from parking.sessions.model import Energy, ParkingSession, Proof, VehicleClass
from parking.sessions.service import SOURCE, ended_fact, owned, started_fact

READ_AGAIN: Final = timedelta(seconds=60)
"""A reader that sees the same plate again within this time sees the same passage."""
Entered = Literal["started", "existing", "recorded", "late"]


async def enter(
    session: AsyncSession,
    *,
    facility_id: str,
    zone_id: str,
    plate: SealedPlate,
    at: datetime,
    left_at: datetime | None,
    now: datetime,
    by: str,
    vehicle_class: VehicleClass = "small",
    energy: Energy | None = None,
) -> tuple[Entered, ParkingSession | None]:
    """A plate went in; `left_at` is when its next passage, an exit, was reported before this entry was.

    Where a stay of it is open already, its exit was missed: that one ends with no time charged, and a person looks at it
    (`entry_repeated`). An entry that comes after
    a later one of the same plate has no effect (`late`).
    """
    stay = _begun(facility_id, zone_id, at, plate, vehicle_class, energy, now, by)
    shared = await repository.at_facility(session, facility_id, plate.token, at - READ_AGAIN, left_at)
    same = next((one for one in shared if abs(one.started_at - at) <= READ_AGAIN), None)
    if same is not None:
        return "existing", same
    if left_at is not None:
        if shared:
            return "late", None
        over = moves.ended(stay, left_at, left_at, "terminal", Proof(left_at, "ended", "terminal", by=by))
        await repository.add(session, over)
        await outbox.write(session, started_fact(over), ended_fact(over), source=SOURCE, at=now)
        return "recorded", over
    if any(one.started_at > at or one.state == "ended" for one in shared):
        return "late", None
    for missed in shared:
        gone = moves.ended(missed, missed.started_at, at, "terminal", Proof(at, "superseded", "terminal", by=by))
        await repository.save(session, gone)
        await outbox.write(session, ended_fact(gone), _repeated(gone, at), source=SOURCE, at=now)
    await repository.add(session, stay)
    await outbox.write(session, started_fact(stay), source=SOURCE, at=now)
    return "started", stay


async def leave(
    session: AsyncSession, *, facility_id: str, plate_token: str, at: datetime, now: datetime, by: str
) -> ParkingSession | None:
    """A plate came out: its stay, ended now or, where the reader sees it again, before; None where no stay is known."""
    for stay in reversed(await repository.at_facility(session, facility_id, plate_token, at - READ_AGAIN, at)):
        if stay.state == "ended":
            seen = stay.ended_latest is not None and abs(stay.ended_latest - at) <= READ_AGAIN
            return stay if seen and not _is_superseded(stay) else None
        over = moves.ended(stay, at, at, "terminal", Proof(at, "ended", "terminal", by=by))
        await repository.save(session, over)
        await outbox.write(session, ended_fact(over), source=SOURCE, at=now)
        return over
    return None


def _repeated(missed: ParkingSession, at: datetime) -> SessionContradicted:
    return SessionContradicted(
        session_id=missed.session_id,
        space_id=missed.place_id,
        facility_id=missed.facility_id,
        zone_id=missed.zone_id,
        observed_at=at,
        reason="entry_repeated",
    )


def _is_superseded(stay: ParkingSession) -> bool:
    return stay.evidence[-1].what == "superseded"


def _begun(
    facility_id: str,
    zone_id: str,
    at: datetime,
    plate: SealedPlate,
    vehicle_class: VehicleClass,
    energy: Energy | None,
    now: datetime,
    by: str,
) -> ParkingSession:
    stay = moves.begun(
        session_id=new_session_id(now),
        space_id=None,
        facility_id=facility_id,
        zone_id=zone_id,
        earliest=at,
        latest=at,
        source="terminal",
        proof=Proof(at, "started", "terminal", by=by),
    )
    return owned(stay, plate, vehicle_class, energy, now)
