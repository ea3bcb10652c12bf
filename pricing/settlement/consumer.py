"""Issues the fee of every stay that ends and opens its bill, whatever ended it; books it as a debt once somebody owes it.

A fee that a terminal asked for before stays the same. Where a stay turns out to have been shorter, that is proposed or told.
"""

from typing import Final

from parking.bus import inbox
from parking.bus.codec import fact_of
from parking.bus.ports import Subscription
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.events.envelope import CloudEvent
from parking.events.session import SessionClaimed, SessionEnded, SessionRevised
from pricing.settlement import revisions
from pricing.settlement.model import BillUnknownError
from pricing.settlement.service import open_bill, settle

CONSUMER: Final = "settlement"


class StaySettler:
    """The consumer `settlement`; one transaction per event."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def subscription(self) -> Subscription:
        types = frozenset({SessionEnded.TYPE, SessionClaimed.TYPE, SessionRevised.TYPE})
        return Subscription(consumer=CONSUMER, types=types, handler=self.handle)

    async def handle(self, event: CloudEvent) -> None:
        """Raises what `settle` and the database raise; then nothing has happened and the bus delivers again."""
        fact = fact_of(event)
        if not isinstance(fact, SessionEnded | SessionClaimed | SessionRevised):
            return
        async with self._database.transaction() as session:
            if not await inbox.first_time(session, CONSUMER, event):
                return
            if isinstance(fact, SessionEnded):
                await settle(session, fact.session_id, at=self._clock())
                return
            if isinstance(fact, SessionRevised):
                await revisions.take(session, fact, self._clock)
                return
            try:
                await open_bill(session, fact.session_id)
            except BillUnknownError:
                # A stay that is claimed while it runs has no fee yet; its end opens the bill.
                return
