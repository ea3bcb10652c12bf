"""The inbox: what a consumer does in PostgreSQL for an event happens once, however often the event is delivered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus.tables import InboxRow
from parking.db.prepared import Prepared
from parking.events.envelope import CloudEvent

_NOTE: Final = Prepared(
    """
    INSERT INTO inbox (consumer, source, event_id)
    SELECT $1, source, event_id FROM unnest($2::text[], $3::text[]) AS event (source, event_id) ORDER BY source, event_id
    ON CONFLICT DO NOTHING
    RETURNING source, event_id
    """
)
"""In one order, so that two deliveries of the same events do not wait for each other in a circle."""


async def first_time(session: AsyncSession, consumer: str, event: CloudEvent) -> bool:
    """Note the event for the consumer in the caller's transaction; False when it was noted before.

    A second delivery that runs at the same time waits here until the first one's transaction has ended.
    """
    return bool(await first_times(session, consumer, [event]))


async def first_times(session: AsyncSession, consumer: str, events: Sequence[CloudEvent]) -> list[CloudEvent]:
    """As `first_time`, for several; answers those that were not noted before, each once and in their order."""
    sources, ids = [event.source for event in events], [event.id for event in events]
    noted = {(source, name) for source, name in await _NOTE.rows(session, consumer, sources, ids)}
    return [event for key, event in {event.key: event for event in events}.items() if key in noted]


async def forget(session: AsyncSession, before: datetime) -> None:
    """Drop notes made before `before`: longer ago than the bus keeps events, or a redelivery would act twice."""
    await session.execute(delete(InboxRow).where(InboxRow.handled_at < before))
