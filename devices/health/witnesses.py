"""Persons at a space as evidence: who starts a stay or claims one says that a car stands there."""

from typing import Final

from devices.health import repository
from parking.bus import inbox
from parking.bus.codec import fact_of
from parking.bus.ports import Subscription
from parking.db.unit_of_work import Database
from parking.events.envelope import CloudEvent
from parking.events.session import SessionClaimed, SessionStarted

CONSUMER: Final = "device-health"


class Witnesses:
    """The consumer `device-health`: keeps their word until the follower has compared it with the devices' own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def subscription(self) -> Subscription:
        types = frozenset({SessionStarted.TYPE, SessionClaimed.TYPE})
        return Subscription(consumer=CONSUMER, types=types, handler=self.handle)

    async def handle(self, event: CloudEvent) -> None:
        """Raises what the database raises; then nothing has happened and the bus delivers again."""
        fact = fact_of(event)
        if not isinstance(fact, SessionStarted | SessionClaimed) or fact.source == "sensor" or fact.facility_id:
            return
        at = fact.started_at if isinstance(fact, SessionStarted) else fact.claimed_at
        async with self._database.transaction() as session:
            if await inbox.first_time(session, CONSUMER, event):
                await repository.add_witness(session, fact.space_id, at, occupied=True)
