"""What people may do with kept messages. Every look at a body is written down: it may show what a log line must not."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import NotFoundError
from parking.raw import repository
from parking.raw.model import RawMessage, RawRef
from parking.raw.partitions import day_of, drop_days
from parking.raw.repository import Listed, Wanted
from parking.raw.unknown import forget_unheard


async def listed(session: AsyncSession, wanted: Wanted, *, limit: int) -> Sequence[Listed]:
    """What came and what became of it, newest first, without the bodies."""
    return await repository.listed(session, wanted, limit=limit)


async def look(session: AsyncSession, raw_id: str, *, actor: str, at: datetime) -> RawMessage:
    """The message with its body, for `actor`, whose look is written down.

    Raises InvalidInputError `raw_ref_invalid`, NotFoundError `raw_message_unknown`.
    """
    ref = RawRef.parse(raw_id)
    message = await repository.find(session, ref)
    if message is None:
        raise NotFoundError("there is no such message, or its time is over", code="raw_message_unknown")
    await repository.note_access(session, actor=actor, deed="shown", what=str(ref), at=at)
    return message


async def forget(session: AsyncSession, *, now: datetime, kept: timedelta) -> int:
    """Drop the days whose messages are all older than `kept`; answers how many."""
    oldest = now - kept
    await forget_unheard(session, oldest)
    return await drop_days(session, day_of(oldest))
