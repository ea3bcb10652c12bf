"""A stay that rests on the word of a device which turns out to have been faulty: nothing accrues from when the fault began.

The space itself is unknown from when the fault was found. A sensor that is stuck has lied for a day by then, and the driver who left
in time owes nothing for it.
"""

from dataclasses import replace
from typing import Final

from parking.bus import inbox
from parking.bus.codec import fact_of
from parking.bus.ports import Subscription
from parking.db.unit_of_work import Database
from parking.events.device import DeviceFaulted
from parking.events.envelope import CloudEvent
from parking.sessions import moves, repository
from parking.sessions.model import ParkingSession, Proof

CONSUMER: Final = "sessions-faults"
DISTRUSTED: Final = "distrusted"
"""Evidence of a stay whose device was found faulty: what the device had said of it is not told anew."""


def doubted(stay: ParkingSession, fact: DeviceFaulted) -> ParkingSession:
    """The open stay after the fault; as it was where another device's or a person's word began it.

    Neither this nor the change of the space to unknown needs to be heard first.
    """
    word = next((proof for proof in stay.evidence if proof.what in {"started", "joined"} and proof.device_id), None)
    if not fact.distrusted or word is None or word.device_id != fact.device_id:
        return stay
    since = max(fact.since, stay.started_at)
    if stay.paused_at is not None and stay.paused_at <= since:
        return stay
    proof = Proof(fact.opened_at, "paused", "sensor", DISTRUSTED, fact.device_id)
    last = None if stay.last_positive_at is None else min(stay.last_positive_at, since)
    running = replace(stay, paused_at=None, pause_reason=None, last_positive_at=last)
    return moves.paused(running, since, "fault", proof)


class FaultTracker:
    """The consumer `sessions-faults`; what it does for an event is one transaction with the note that it was done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def subscription(self) -> Subscription:
        return Subscription(consumer=CONSUMER, types=frozenset({DeviceFaulted.TYPE}), handler=self.handle)

    async def handle(self, event: CloudEvent) -> None:
        """Raises what the database raises; then nothing has happened and the bus delivers again."""
        fact = fact_of(event)
        if not isinstance(fact, DeviceFaulted) or not fact.distrusted or fact.space_id is None:
            return
        async with self._database.transaction() as session:
            if not await inbox.first_time(session, CONSUMER, event):
                return
            await repository.lock_space(session, fact.space_id)
            stay = await repository.open_on(session, fact.space_id, lock=True)
            after = None if stay is None else doubted(stay, fact)
            if after is not None and after != stay:
                await repository.save(session, after)
