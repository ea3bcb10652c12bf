"""What the gate of a facility that we bill has seen, as stays at the facility; and what of it a person must look at.

A passage is kept first (`service.keep_passage`) and then followed, so that an exit which arrives before its entry is found
by the entry. A person is told only when a late report had its time to explain it.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.events.session import SessionContradicted
from parking.gates import repository, visits
from parking.gates.model import Passage
from parking.gates.repository import ReportingPlace
from parking.gates.visits import STILL_IN, Unmatched, UnmatchedKind
from parking.privacy.vault import SealedPlate
from parking.sessions import repository as sessions
from parking.sessions.at_facility import Entered, enter, leave
from parking.sessions.model import Energy, ParkingSession, VehicleClass

SOURCE: Final = "parking.gates"
TOLD_AFTER: Final = timedelta(hours=1)
"""A gate that lost its network delivers within this time in most cases."""
_TOLD_BEFORE: Final[tuple[tuple[UnmatchedKind, timedelta], ...]] = (
    ("exit_without_entry", TOLD_AFTER),
    ("entry_without_exit", STILL_IN),
)
_REACHES_BACK: Final = timedelta(days=2)
"""What has long been lost stays in the list of unmatched reports and opens no case."""
Followed = Entered | Literal["ended", "unmatched"]


async def follow_entry(
    session: AsyncSession,
    place: ReportingPlace,
    passage: Passage,
    plate: SealedPlate | None,
    *,
    now: datetime,
    by: str,
    vehicle_class: VehicleClass = "small",
    energy: Energy | None = None,
) -> tuple[Followed, ParkingSession | None]:
    """Start a stay; without a plate nothing starts until the exit of the visit tells one."""
    exit_ = await repository.of_visit(session, place.facility_id, passage.visit_id, "exit")
    if plate is None:
        return "unmatched", None
    following = exit_ or await repository.next_of_plate(session, passage)
    left_at = None
    if following is not None and following.direction == "exit" and following.at >= passage.at:
        left_at = following.at
    return await enter(
        session,
        facility_id=place.facility_id,
        zone_id=place.zone_id,
        plate=plate,
        at=passage.at,
        left_at=left_at,
        now=now,
        by=by,
        vehicle_class=vehicle_class,
        energy=energy,
    )


async def follow_exit(
    session: AsyncSession, place: ReportingPlace, passage: Passage, plate: SealedPlate | None, *, now: datetime, by: str
) -> tuple[Followed, ParkingSession | None]:
    """End the stay of the visit, else that of the plate. The entry of a visit is believed before the exit's reader."""
    entry = await repository.of_visit(session, place.facility_id, passage.visit_id, "entry")
    token = None if entry is None else entry.plate_token
    if token is None and plate is not None:
        token = plate.token
    if token is None:
        return "unmatched", None
    facility_id = place.facility_id
    stay = await leave(session, facility_id=facility_id, plate_token=token, at=passage.at, now=now, by=by)
    if stay is not None:
        return "ended", stay
    if entry is None or plate is None or entry.plate_token is not None or entry.at > passage.at:
        return "unmatched", None
    return await enter(
        session,
        facility_id=facility_id,
        zone_id=place.zone_id,
        plate=plate,
        at=entry.at,
        left_at=passage.at,
        now=now,
        by=by,
    )


async def tell_contradictions(session: AsyncSession, now: datetime) -> int:
    """Tell of each exit without an entry, and of each entry whose car seems never to leave, once; answers how many."""
    zones = await repository.billed_at_gate(session)
    if not zones:
        return 0
    told = 0
    for kind, before in _TOLD_BEFORE:
        end = now - before
        for lonely in await visits.unmatched(session, list(zones), end - _REACHES_BACK, end, now=now):
            fact = (
                await _contradiction(session, lonely, zones[lonely.facility_id], now) if lonely.kind == kind else None
            )
            if fact is None:
                continue
            await outbox.write(session, fact, source=SOURCE, at=now)
            told += 1
    return told


async def _contradiction(
    session: AsyncSession, lonely: Unmatched, zone_id: str, now: datetime
) -> SessionContradicted | None:
    passage = await repository.untold(session, lonely.facility_id, lonely.item_id, now)
    if passage is None:
        return None
    session_id = None
    if lonely.kind == "entry_without_exit":
        token = passage.plate_token or ""
        here = await sessions.at_facility(session, lonely.facility_id, token, lonely.at, lonely.at)
        standing = [stay for stay in here if stay.state == "open" and stay.started_at == lonely.at]
        if not standing:
            return None
        session_id = standing[0].session_id
    return SessionContradicted(
        session_id=session_id,
        space_id=lonely.facility_id,
        facility_id=lonely.facility_id,
        zone_id=zone_id,
        observed_at=lonely.at,
        reason=lonely.kind,
    )
