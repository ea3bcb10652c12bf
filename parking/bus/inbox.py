"""The inbox: what a consumer does in PostgreSQL for an event happens once, however often the event is delivered."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus.tables import InboxRow
from parking.events.envelope import CloudEvent


async def first_time(session: AsyncSession, consumer: str, event: CloudEvent) -> bool:
    """Note the event for the consumer in the caller's transaction; False when it was noted before.

    A second delivery that runs at the same time waits here until the first one's transaction has ended.
    """
    note = insert(InboxRow).values(consumer=consumer, source=event.source, event_id=event.id)
    noted = await session.execute(note.on_conflict_do_nothing().returning(InboxRow.event_id))
    return noted.scalar_one_or_none() is not None


async def forget(session: AsyncSession, before: datetime) -> None:
    """Drop notes made before `before`: longer ago than the bus keeps events, or a redelivery would act twice."""
    await session.execute(delete(InboxRow).where(InboxRow.handled_at < before))
