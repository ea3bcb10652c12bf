"""Takes what city modules ask for from the bus into the inventory, and answers on the bus.

It belongs to the core and runs without any module. A module that is switched off is refused in the same transaction
that would have let its restriction stand.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import inbox, outbox
from parking.bus.codec import fact_of
from parking.bus.ports import Subscription
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import ConflictError, NotFoundError, ParkingError
from parking.events.envelope import CloudEvent
from parking.events.restriction import RestrictionRejected, RestrictionRequested, RestrictionRevoked
from parking.plugins import repository
from parking.restrictions import service

CONSUMER: Final = "restrictions"


class RestrictionDesk:
    """One subscription; run it in the process that relays."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def subscription(self) -> Subscription:
        types = frozenset({RestrictionRequested.TYPE, RestrictionRevoked.TYPE})
        return Subscription(consumer=CONSUMER, types=types, handler=self.handle)

    async def handle(self, event: CloudEvent) -> None:
        """Once per event, however often it is delivered."""
        fact = fact_of(event)
        async with self._database.transaction() as session:
            if not await inbox.first_time(session, CONSUMER, event):
                return
            if isinstance(fact, RestrictionRequested):
                await self._request(session, fact)
            elif isinstance(fact, RestrictionRevoked):
                await self._revoke(session, fact)

    async def _request(self, session: AsyncSession, wanted: RestrictionRequested) -> None:
        try:
            async with session.begin_nested():
                if not await repository.is_enabled(session, wanted.requester):
                    raise ConflictError(f"{wanted.requester} is switched off or unknown", code="module_disabled")
                await service.apply(session, wanted, at=self._clock())
        except ParkingError as refusal:
            rejected = RestrictionRejected(
                restriction_id=wanted.restriction_id,
                requester=wanted.requester,
                code=refusal.code,
                detail=refusal.detail,
            )
            await outbox.write(session, rejected, source=service.SOURCE, at=self._clock())

    async def _revoke(self, session: AsyncSession, unwanted: RestrictionRevoked) -> None:
        try:
            async with session.begin_nested():
                await service.release(session, unwanted.restriction_id, requester=unwanted.requester, at=self._clock())
        except NotFoundError:
            # What was never let stand needs no giving back.
            return
