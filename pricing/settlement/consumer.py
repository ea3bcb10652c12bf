"""Issues the fee of every stay that ends and opens its bill, whatever ended it; books it as a debt once somebody owes it.

A fee that a terminal asked for before stays the same. Where a stay turns out to have been shorter, that is proposed or told.
"""

from collections.abc import Sequence
from typing import Final

from parking.bus import inbox
from parking.bus.codec import fact_of
from parking.bus.ports import Subscription
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.events.envelope import CloudEvent
from parking.events.session import SessionClaimed, SessionEnded, SessionRevised
from pricing.settlement import revisions
from pricing.settlement.ended_stays import open_bills, settle_all

CONSUMER: Final = "settlement"


class StaySettler:
    """The consumer `settlement`; what it does for events is one transaction with the note that it was done."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def subscription(self) -> Subscription:
        types = frozenset({SessionEnded.TYPE, SessionClaimed.TYPE, SessionRevised.TYPE})
        return Subscription(consumer=CONSUMER, types=types, handler=self.handle, together=self.handle_together)

    async def handle(self, event: CloudEvent) -> None:
        """Raises what `settle` and the database raise; then nothing has happened and the bus delivers again."""
        await self.handle_together([event])

    async def handle_together(self, events: Sequence[CloudEvent]) -> None:
        """Ends, then claims, then revisions: of each event counts what is known of its stay by now, so their order does not matter."""
        async with self._database.transaction() as session:
            facts = [fact_of(event) for event in await inbox.first_times(session, CONSUMER, events)]
            ended = dict.fromkeys(fact.session_id for fact in facts if isinstance(fact, SessionEnded))
            claimed = dict.fromkeys(fact.session_id for fact in facts if isinstance(fact, SessionClaimed))
            if ended:
                await settle_all(session, ended, at=self._clock())
            if claimed:
                await open_bills(session, claimed)
            for fact in facts:
                if isinstance(fact, SessionRevised):
                    await revisions.take(session, fact, self._clock)
