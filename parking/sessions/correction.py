"""What a person corrects of a stay that is over, and what is forgotten of it when its time has come."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError
from parking.events.session import SessionReassigned
from parking.privacy.vault import SealedPlate
from parking.sessions import repository
from parking.sessions.model import ParkingSession, Proof
from parking.sessions.service import SOURCE, for_update
from parking.sessions.tables import OverstayRow, SessionRevisionRow, SessionRow

ERASED: Final = "erased"
"""The space of a stay whose movement is forgotten."""


async def reassign(
    session: AsyncSession, session_id: str, *, plate: SealedPlate, now: datetime, by: str
) -> ParkingSession:
    """Give a stay to another vehicle than was read, by a person's decision; the same plate again has no effect.

    Raises NotFoundError `session_unknown`, ConflictError `plate_inside` where this vehicle has an open stay at the facility.
    """
    stay = await for_update(session, session_id)
    if stay.plate_token == plate.token:
        return stay
    if stay.facility_id is not None and stay.state == "open":
        others = await repository.at_facility(session, stay.facility_id, plate.token, stay.started_at, None)
        if any(other.state == "open" for other in others):
            raise ConflictError("this vehicle has an open stay at the facility already", code="plate_inside")
    proof = Proof(now, "reassigned", "attendant", by=by)
    corrected = replace(stay, plate_token=plate.token, claimed_at=now, evidence=(*stay.evidence, proof))
    await repository.save(session, corrected)
    fact = SessionReassigned(
        session_id=stay.session_id,
        space_id=stay.place_id,
        facility_id=stay.facility_id,
        zone_id=stay.zone_id,
        reassigned_at=now,
    )
    await outbox.write(session, fact, source=SOURCE, at=now)
    return corrected


def remembered_before(before: datetime, limit: int) -> Select[str]:
    """Ids of stays that ended before an instant and whose movement is not forgotten yet."""
    wanted = (SessionRow.state == "ended", SessionRow.ended_at < before, SessionRow.space_id.is_distinct_from(ERASED))
    return select(SessionRow.session_id).where(*wanted).order_by(SessionRow.ended_at).limit(limit)


async def forget_movement(session: AsyncSession, session_ids: list[str]) -> None:
    """Leave of each stay its zone and month: no place, no instants, no vehicle, no evidence."""
    await session.execute(delete(OverstayRow).where(OverstayRow.session_id.in_(session_ids)))
    await session.execute(delete(SessionRevisionRow).where(SessionRevisionRow.session_id.in_(session_ids)))
    month = func.date_trunc("month", SessionRow.ended_at, "UTC")
    forgotten = update(SessionRow).where(SessionRow.session_id.in_(session_ids))
    await session.execute(
        forgotten.values(
            space_id=ERASED,
            facility_id=None,
            started_at=month,
            started_earliest=month,
            ended_at=month,
            ended_earliest=month,
            ended_latest=month,
            plate_token=None,
            claimed_at=None,
            last_positive_at=None,
            paused_at=None,
            pause_reason=None,
            gaps=[],
            evidence=[],
        ).execution_options(synchronize_session=False)
    )
