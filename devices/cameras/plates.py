"""Brings a plate that was read at a bay to the stay on that bay: as its claim, never over another plate.

A plate that differs from the stay's by one character is taken for the same car. One that differs by more is told as a
contradiction, for a person to look at the pictures.
"""

from datetime import datetime
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from devices.cameras.model import STAY_FOUND_WITHIN, PlatePolicy, is_misread_of
from devices.ports import Sighting
from parking.bus import outbox
from parking.domain import plates
from parking.domain.plates import PlateInvalidError
from parking.events.session import SessionContradicted
from parking.privacy.vault import PlateVault
from parking.sessions import repository as stays
from parking.sessions import service as sessions
from parking.sessions.correction import ERASED
from parking.sessions.model import ParkingSession

Attributed = Literal["claimed", "own", "misread", "contradicted", "doubtful", "none"]
SOURCE: Final = "devices.cameras"
DIFFERS: Final = "plate_differs"
MISSED: Final = "occupied_without_session"


async def stay_of(session: AsyncSession, space_id: str, at: datetime, *, left: bool) -> ParkingSession | None:
    """The stay that a sighting at `at` is of: where a vehicle `left`, the one that ended then, else the one that had begun."""
    near = await stays.overlapping(session, space_id, at - STAY_FOUND_WITHIN, at + STAY_FOUND_WITHIN)
    near = [stay for stay in near if stay.space_id != ERASED and stay.started_earliest <= at + STAY_FOUND_WITHIN]
    if left:
        ended = [stay for stay in near if stay.started_earliest < at]
        return min(ended, key=lambda stay: abs((stay.ended_at or at) - at), default=None)
    return max(near, key=lambda stay: stay.started_at, default=None)


async def attribute(
    session: AsyncSession,
    vault: PlateVault,
    stay: ParkingSession,
    sighting: Sighting,
    *,
    policy: PlatePolicy,
    observed_at: datetime,
    by: str,
    now: datetime,
) -> Attributed:
    """Claim the stay for the plate of the sighting. Raises UnavailableError `plate_key_missing`."""
    if sighting.plate is None:
        return "none"
    if not policy.is_certain(sighting):
        return "doubtful"
    try:
        read = plates.normalise(sighting.plate)
    except PlateInvalidError:
        return "doubtful"
    stay = await sessions.for_update(session, stay.session_id)
    if stay.plate_token is None:
        sealed = await vault.seal(session, read, now)
        await sessions.claim(session, stay.session_id, plate=sealed, source="sensor", now=now, by=by)
        return "claimed"
    return await _compared(session, vault, stay, stay.plate_token, read, observed_at, now)


async def _compared(
    session: AsyncSession,
    vault: PlateVault,
    stay: ParkingSession,
    token: str,
    read: str,
    observed_at: datetime,
    now: datetime,
) -> Attributed:
    def nearness(known: str) -> Attributed:
        if known == read:
            return "own"
        return "misread" if is_misread_of(read, known) else "contradicted"

    if token in vault.tokens_of(read):
        return "own"
    found = await vault.renamed(session, [token], nearness)
    if found.get(token) == "misread":
        return "misread"
    await contradict(session, stay.place_id, stay.zone_id, DIFFERS, observed_at, now, session_id=stay.session_id)
    return "contradicted"


async def contradict(
    session: AsyncSession,
    space_id: str,
    zone_id: str,
    reason: str,
    observed_at: datetime,
    now: datetime,
    *,
    session_id: str | None = None,
) -> None:
    """Tell that a person must look."""
    fact = SessionContradicted(
        session_id=session_id, space_id=space_id, zone_id=zone_id, observed_at=observed_at, reason=reason
    )
    await outbox.write(session, fact, source=SOURCE, at=now)
