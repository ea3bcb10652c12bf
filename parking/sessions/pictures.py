"""Ties a picture or document to the stay that it shows, among the rest of the stay's evidence."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError
from parking.events.session import SessionSource
from parking.sessions import repository
from parking.sessions.correction import ERASED
from parking.sessions.model import ParkingSession, Proof
from parking.sessions.service import for_update


async def attach(
    session: AsyncSession, session_id: str, evidence_id: str, *, taken_at: datetime, source: SessionSource, by: str
) -> ParkingSession:
    """A stay's times do not move by it: a person reads the picture and decides.

    Raises NotFoundError `session_unknown`, ConflictError `session_forgotten` for one whose movement is forgotten.
    """
    stay = await for_update(session, session_id)
    if stay.space_id == ERASED:
        raise ConflictError("where and when this stay was is forgotten", code="session_forgotten")
    proof = Proof(taken_at, "pictured", source, by=by, evidence_id=evidence_id)
    shown = replace(stay, evidence=(*stay.evidence, proof))
    await repository.save(session, shown)
    return shown
