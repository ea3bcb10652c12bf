"""The smallest city in a database, with a tracker that follows its sensors."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus.codec import decode, fact_of
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.events.envelope import CloudEvent
from parking.events.fact import Fact
from parking.events.session import SessionClaimed, SessionContradicted, SessionEnded, SessionStarted
from parking.places.service import import_collection
from parking.privacy.vault import PlateVault, SealedPlate
from parking.sessions import service
from parking.sessions.consumer import SessionTracker
from parking.sessions.model import ParkingSession
from parking.sessions.service import Begun
from tests.parking.places.features import small_city
from tests.parking.sessions.evidence import NINE

VAULT = PlateVault.from_setting("k" * 32)
SPACE = "K1"
LATER = NINE + timedelta(hours=12)
_OF_STAYS = (SessionStarted, SessionClaimed, SessionEnded, SessionContradicted)


def noon() -> datetime:
    return LATER


async def build(database: Database) -> SessionTracker:
    async with database.transaction() as session:
        report = await import_collection(session, {"type": "FeatureCollection", "features": small_city()}, at=NINE)
        assert report.errors == ()
    return SessionTracker(database, noon)


async def plate(session: AsyncSession, text: str = "鲁C88123") -> SealedPlate:
    return await VAULT.seal(session, text, NINE)


async def hear(tracker: SessionTracker, *groups: Sequence[CloudEvent]) -> None:
    for event in (event for group in groups for event in group):
        await tracker.handle(event)


async def start(database: Database, at: datetime, text: str | None = None, now: datetime = LATER) -> Begun:
    async with database.transaction() as session:
        sealed = None if text is None else await plate(session, text)
        return await service.start(
            session, space_id=SPACE, started_at=at, source="terminal", now=now, plate=sealed, by="T-1"
        )


async def stop(database: Database, session_id: str, at: datetime) -> ParkingSession:
    async with database.transaction() as session:
        return await service.stop(session, session_id, ended_at=at, source="terminal", now=LATER)


async def stays(database: Database) -> list[ParkingSession]:
    """Oldest first."""
    async with database.transaction() as session:
        found = await service.listed(session, space_id=SPACE)
        return sorted(found, key=lambda stay: stay.started_at)


async def told(database: Database) -> list[Fact]:
    """What was written to the outbox about stays, in order."""
    async with database.transaction() as session:
        events = await session.scalars(select(OutboxRow.event).order_by(OutboxRow.position))
        facts = [fact_of(decode(event)) for event in events]
    return [fact for fact in facts if isinstance(fact, _OF_STAYS)]


async def told_types(database: Database) -> list[str]:
    return [type(fact).__name__ for fact in await told(database)]
