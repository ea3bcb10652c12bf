"""Opens the bill of every issued fee, and books it as a debt once somebody owes it."""

from typing import Final

from parking.bus import inbox
from parking.bus.codec import fact_of
from parking.bus.ports import Subscription
from parking.db.unit_of_work import Database
from parking.events.envelope import CloudEvent
from parking.events.fee import FeeIssued
from parking.events.session import SessionClaimed
from pricing.settlement.model import BillUnknownError
from pricing.settlement.service import open_bill

CONSUMER: Final = "settlement"


class BillOpener:
    """The consumer `settlement`; one transaction per event."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def subscription(self) -> Subscription:
        types = frozenset({FeeIssued.TYPE, SessionClaimed.TYPE})
        return Subscription(consumer=CONSUMER, types=types, handler=self.handle)

    async def handle(self, event: CloudEvent) -> None:
        """Raises what the database raises; then nothing has happened and the bus delivers again."""
        fact = fact_of(event)
        if not isinstance(fact, FeeIssued | SessionClaimed):
            return
        async with self._database.transaction() as session:
            if not await inbox.first_time(session, CONSUMER, event):
                return
            try:
                await open_bill(session, fact.session_id)
            except BillUnknownError:
                # A stay that is claimed while it runs has no fee yet; its fee's own event opens the bill.
                return
