"""Listens to the changes of spaces and moves the stays on them: once per event, in the order of each space.

Of a space whose frames came out of order it is history that tells the stays, until the watermark has passed.
"""

from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import inbox, outbox
from parking.bus.codec import fact_of
from parking.bus.ports import Subscription
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock, to_micros
from parking.events.envelope import CloudEvent
from parking.events.fact import Fact
from parking.events.session import SessionContradicted
from parking.events.space import SpaceEvidenceReordered, SpaceStateChanged
from parking.occupancy.followed import Followed
from parking.occupancy.unsettled import told_anew_until
from parking.sessions import repository
from parking.sessions.following import SENSOR_ACCURACY, Moved, follow, is_over
from parking.sessions.ids import new_session_id
from parking.sessions.revising import revise_space
from parking.sessions.service import SOURCE, ended_fact, started_fact

CONSUMER: Final = "sessions"


class SessionTracker:
    """The consumer `sessions`; what it does for an event is one transaction with the note that it was done."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        accuracy: timedelta = SENSOR_ACCURACY,
        followed: Followed | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._accuracy = accuracy
        self._followed = followed or Followed()

    @property
    def subscription(self) -> Subscription:
        types = frozenset({SpaceStateChanged.TYPE, SpaceEvidenceReordered.TYPE})
        return Subscription(consumer=CONSUMER, types=types, handler=self.handle)

    async def handle(self, event: CloudEvent) -> None:
        """Raises what the database raises; then nothing has happened and the bus delivers again."""
        fact = fact_of(event)
        if not isinstance(fact, SpaceStateChanged | SpaceEvidenceReordered):
            return
        async with self._database.transaction() as session:
            if not await inbox.first_time(session, CONSUMER, event):
                return
            if isinstance(fact, SpaceStateChanged):
                facts = await self._move(session, event, fact)
            else:
                facts = await revise_space(session, fact, now=self._clock(), accuracy=self._accuracy)
            await outbox.write(session, *facts, source=SOURCE, at=self._clock(), causation_id=event.id)
        if isinstance(fact, SpaceStateChanged) and fact.device_id in self._followed.devices:
            self._tell(event, fact, facts)

    def _tell(self, event: CloudEvent, fact: SpaceStateChanged, facts: list[Fact]) -> None:
        """What a followed reading did to the stays of its space."""
        observed_at = None if fact.observed_at is None else to_micros(fact.observed_at)
        did = ",".join(done.TYPE for done in facts) or "nothing"
        self._followed.tell("session", fact.device_id or "", observed_at, event=event.id, space=fact.space_id, did=did)

    async def _move(self, session: AsyncSession, event: CloudEvent, fact: SpaceStateChanged) -> list[Fact]:
        await repository.lock_space(session, fact.space_id)
        until = await told_anew_until(session, fact.space_id)
        if until is not None and event.time <= until:
            return []
        stay = await repository.open_on(session, fact.space_id, lock=True)
        if stay is None and await self._is_over(session, fact):
            return []
        new_id = partial(new_session_id, self._clock())
        moved = follow(stay, fact, event.time, new_id=new_id, accuracy=self._accuracy)
        if moved.before is not None and moved.before != stay:
            await repository.save(session, moved.before)
        if moved.begun is not None:
            await repository.add(session, moved.begun)
        return _facts(moved, fact, event)

    async def _is_over(self, session: AsyncSession, fact: SpaceStateChanged) -> bool:
        last = await repository.latest_on(session, fact.space_id) if fact.observed_at is not None else None
        return last is not None and is_over(last, fact, self._accuracy)


def _facts(moved: Moved, fact: SpaceStateChanged, event: CloudEvent) -> list[Fact]:
    facts: list[Fact] = []
    if moved.before is not None and moved.before.state == "ended":
        facts.append(ended_fact(moved.before))
    if moved.begun is not None:
        facts.append(started_fact(moved.begun))
        if moved.begun.state == "ended":
            facts.append(ended_fact(moved.begun))
    if moved.contradiction is not None:
        facts.append(
            SessionContradicted(
                session_id=None if moved.before is None else moved.before.session_id,
                space_id=fact.space_id,
                zone_id=fact.zone_id,
                observed_at=fact.observed_at or event.time,
                reason=moved.contradiction,
            )
        )
    return facts
