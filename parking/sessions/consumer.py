"""Listens to the changes of spaces and moves the stays on them: once per event, in the order of each space."""

from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import inbox, outbox
from parking.bus.codec import fact_of
from parking.bus.ports import Subscription
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.events.envelope import CloudEvent
from parking.events.fact import Fact
from parking.events.session import SessionContradicted
from parking.events.space import SpaceStateChanged
from parking.sessions import repository
from parking.sessions.following import SENSOR_ACCURACY, Moved, follow, is_over
from parking.sessions.ids import new_session_id
from parking.sessions.service import SOURCE, ended_fact, started_fact

CONSUMER: Final = "sessions"


class SessionTracker:
    """The consumer `sessions`; what it does for an event is one transaction with the note that it was done."""

    def __init__(self, database: Database, clock: Clock, *, accuracy: timedelta = SENSOR_ACCURACY) -> None:
        self._database = database
        self._clock = clock
        self._accuracy = accuracy

    @property
    def subscription(self) -> Subscription:
        return Subscription(consumer=CONSUMER, types=frozenset({SpaceStateChanged.TYPE}), handler=self.handle)

    async def handle(self, event: CloudEvent) -> None:
        """Raises what the database raises; then nothing has happened and the bus delivers again."""
        fact = fact_of(event)
        if not isinstance(fact, SpaceStateChanged):
            return
        async with self._database.transaction() as session:
            if await inbox.first_time(session, CONSUMER, event):
                await self._move(session, event, fact)

    async def _move(self, session: AsyncSession, event: CloudEvent, fact: SpaceStateChanged) -> None:
        await repository.lock_space(session, fact.space_id)
        stay = await repository.open_on(session, fact.space_id, lock=True)
        if stay is None and await self._is_over(session, fact):
            return
        new_id = partial(new_session_id, self._clock())
        moved = follow(stay, fact, event.time, new_id=new_id, accuracy=self._accuracy)
        if moved.before is not None and moved.before != stay:
            await repository.save(session, moved.before)
        if moved.begun is not None:
            await repository.add(session, moved.begun)
        await outbox.write(session, *_facts(moved, fact, event), source=SOURCE, at=self._clock(), causation_id=event.id)

    async def _is_over(self, session: AsyncSession, fact: SpaceStateChanged) -> bool:
        last = await repository.latest_on(session, fact.space_id) if fact.observed_at is not None else None
        return last is not None and is_over(last, fact, self._accuracy)


def _facts(moved: Moved, fact: SpaceStateChanged, event: CloudEvent) -> list[Fact]:
    facts: list[Fact] = []
    if moved.before is not None and moved.before.state == "ended":
        facts.append(ended_fact(moved.before))
    if moved.begun is not None:
        facts.append(started_fact(moved.begun))
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
