"""Issues the fee of every stay that ends, whatever ended it; a fee that a terminal asked for before stays the same."""

from typing import Final

from parking.bus import inbox
from parking.bus.codec import fact_of
from parking.bus.ports import Subscription
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.events.envelope import CloudEvent
from parking.events.session import SessionEnded
from pricing.quotes.service import issue_fee

CONSUMER: Final = "fees"


class FeeIssuer:
    """The consumer `fees`; one transaction per ended stay."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def subscription(self) -> Subscription:
        return Subscription(consumer=CONSUMER, types=frozenset({SessionEnded.TYPE}), handler=self.handle)

    async def handle(self, event: CloudEvent) -> None:
        """Raises what `issue_fee` and the database raise; then nothing has happened and the bus delivers again."""
        fact = fact_of(event)
        if not isinstance(fact, SessionEnded):
            return
        async with self._database.transaction() as session:
            if await inbox.first_time(session, CONSUMER, event):
                await issue_fee(session, fact.session_id, at=self._clock())
