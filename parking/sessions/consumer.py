"""Listens to the changes of spaces and moves the stays on them: once per event, in the order of each space.

Of a space whose frames came out of order it is history that tells the stays, until the watermark has passed.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Final

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
from parking.sessions.standing import Standing

CONSUMER: Final = "sessions"
Told = tuple[CloudEvent, SpaceStateChanged]


class SessionTracker:
    """The consumer `sessions`; what it does for events is one transaction with the note that it was done."""

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
        return Subscription(consumer=CONSUMER, types=types, handler=self.handle, together=self.handle_together)

    async def handle(self, event: CloudEvent) -> None:
        """Raises what the database raises; then nothing has happened and the bus delivers again."""
        await self.handle_together([event])

    async def handle_together(self, events: Sequence[CloudEvent]) -> None:
        """Changes that follow each other are one transaction; telling a space anew reads much of history and is one by itself."""
        for kind, run in groupby(((event, fact_of(event)) for event in events), key=lambda told: type(told[1])):
            if kind is SpaceStateChanged:
                await self._moved([(event, fact) for event, fact in run if isinstance(fact, SpaceStateChanged)])
                continue
            for event, fact in run:
                if isinstance(fact, SpaceEvidenceReordered):
                    await self._revised(event, fact)

    async def _moved(self, told: Sequence[Told]) -> None:
        did: list[tuple[Told, list[Fact]]] = []
        async with self._database.transaction() as session:
            new = {event.key for event in await inbox.first_times(session, CONSUMER, [event for event, _ in told])}
            fresh = {event.key: (event, fact) for event, fact in told if event.key in new}
            if not fresh:
                return
            spaces = sorted({fact.space_id for _, fact in fresh.values()})
            await repository.lock_places(session, spaces)
            settled = await told_anew_until(session, spaces)
            stays = await Standing.on(session, spaces)
            for event, fact in fresh.values():
                until = settled.get(fact.space_id)
                facts = self._move(stays, event, fact) if until is None or event.time > until else []
                did.append(((event, fact), facts))
            await stays.write(session)
            for (event, _), facts in did:
                await outbox.write(session, *facts, source=SOURCE, at=self._clock(), causation_id=event.id)
        for (event, fact), facts in did:
            if fact.device_id in self._followed.devices:
                self._tell(event, fact, facts)

    async def _revised(self, event: CloudEvent, fact: SpaceEvidenceReordered) -> None:
        async with self._database.transaction() as session:
            if await inbox.first_time(session, CONSUMER, event):
                facts = await revise_space(session, fact, now=self._clock(), accuracy=self._accuracy)
                await outbox.write(session, *facts, source=SOURCE, at=self._clock(), causation_id=event.id)

    def _tell(self, event: CloudEvent, fact: SpaceStateChanged, facts: list[Fact]) -> None:
        """What a followed reading did to the stays of its space."""
        observed_at = None if fact.observed_at is None else to_micros(fact.observed_at)
        did = ",".join(done.TYPE for done in facts) or "nothing"
        self._followed.tell("session", fact.device_id or "", observed_at, event=event.id, space=fact.space_id, did=did)

    def _move(self, stays: Standing, event: CloudEvent, fact: SpaceStateChanged) -> list[Fact]:
        stay = stays.open_on(fact.space_id)
        last = stays.latest_on(fact.space_id) if stay is None and fact.observed_at is not None else None
        if last is not None and is_over(last, fact, self._accuracy):
            return []
        new_id = partial(new_session_id, self._clock())
        moved = follow(stay, fact, event.time, new_id=new_id, accuracy=self._accuracy)
        if moved.before is not None and moved.before != stay:
            stays.save(moved.before)
        if moved.begun is not None:
            stays.begin(moved.begun)
        return _facts(moved, fact, event)


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
