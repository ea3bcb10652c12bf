"""The outbox: an event is written in the transaction that caused it and is on the bus afterwards, or neither is.

Order: `position` is handed out at the insert, not at the commit, so two transactions that write about one subject could
commit against their positions. Therefore the subject's bucket is locked first and until the transaction ends; what
comes later about the same subject also gets a later position. Buckets bound the number of locks of a large import, and
they are taken in ascending order. All that a transaction says is written as its last act: in one statement, with locks
that are held for no longer than the commit takes, and that no two writers wait for in a circle.
"""

import uuid
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus.codec import encode
from parking.db.prepared import Prepared
from parking.db.unit_of_work import before_commit
from parking.events.envelope import CloudEvent, wrap
from parking.events.fact import Fact

CHANNEL: Final = "outbox"
"""PostgreSQL notification that a committed transaction left something for the relay."""

_BUCKETS: Final = 1024
_LOCK_SPACE: Final = 0x0B0C
_WAITING: Final = "outbox"
_WRITE = Prepared(
    """
    WITH held AS MATERIALIZED (
        SELECT pg_advisory_xact_lock($1, bucket)
        FROM (SELECT unnest($2::int[]) AS bucket ORDER BY 1) AS ordered
    ), written AS (
        INSERT INTO outbox (event, subject)
        SELECT body.event, body.subject
        FROM (SELECT count(*) FROM held) AS all_held,
            unnest($3::bytea[], $4::text[]) WITH ORDINALITY AS body (event, subject, number)
        ORDER BY body.number
        RETURNING position
    )
    SELECT pg_notify($5, '') FROM (SELECT count(*) FROM written) AS all_written
    """
)
"""One statement, because every write waits for its round trips. No row reaches the insert, where its position is handed
out, before `held` has been counted, and so before every lock is taken."""


def random_id() -> str:
    return uuid.uuid4().hex


async def write(
    session: AsyncSession,
    *facts: Fact,
    source: str,
    at: datetime,
    causation_id: str = "",
    correlation_id: str = "",
    new_id: Callable[[], str] = random_id,
) -> list[CloudEvent]:
    """Put facts into the outbox in the caller's transaction, in the order given.

    `source` names the writing room (`parking.places`), `at` is when the facts happened. Raises
    `UnknownEventTypeError` for a class that is not registered; then nothing is written.
    """
    events = [
        wrap(
            fact,
            event_id=new_id(),
            source=source,
            time=at,
            causation_id=causation_id,
            correlation_id=correlation_id,
        )
        for fact in facts
    ]
    if not events:
        return events
    waiting: list[CloudEvent] = session.info.setdefault(_WAITING, [])
    if session.in_nested_transaction():
        # What a savepoint takes back must take its events with it.
        if waiting:
            raise RuntimeError("what was said before a savepoint would come after what is said in it")
        await _put(session, events)
        return events
    if not waiting:
        before_commit(session, _put_waiting)
    waiting.extend(events)
    return events


async def _put_waiting(session: AsyncSession) -> None:
    await _put(session, session.info.pop(_WAITING))


async def _put(session: AsyncSession, events: Sequence[CloudEvent]) -> None:
    buckets = sorted({zlib.crc32(event.subject.encode()) % _BUCKETS for event in events})
    bodies = [encode(event) for event in events]
    await _WRITE.rows(session, _LOCK_SPACE, buckets, bodies, [event.subject for event in events], CHANNEL)
