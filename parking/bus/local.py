"""The bus inside one process: the same lanes over lists in memory, for one machine's tools and for tests.

What it keeps lives as long as the object; everything else is as the durable bus promises, proved by one suite.
"""

import asyncio
import contextlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from parking.bus import keys
from parking.bus.codec import encode
from parking.bus.lane import RELEASING, Item, Lane, LaneLostError, RetryDelay, Taken
from parking.bus.letters import Letter, dead_letter, to_kept, unknown_consumer, unknown_letter
from parking.bus.member import Member
from parking.bus.ports import DeadLetter, Subscription
from parking.domain.clock import Clock, to_micros, utc_now
from parking.events.envelope import CloudEvent

LEASE_S = 1.0


@dataclass(slots=True)
class _Partition:
    """Everything published, in order; the place in the list is the entry id."""

    items: list[Item] = field(default_factory=list)
    published: list[datetime] = field(default_factory=list)
    grown: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, eq=False)
class _Place:
    """One consumer in one partition."""

    owner: object | None = None
    delivered: int = 0
    pending: dict[str, Item] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    replayed: list[Item] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    aside: dict[str, list[Item]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Consumer:
    members: set[object] = field(default_factory=set)
    places: list[_Place] = field(default_factory=lambda: [_Place() for _ in keys.PARTITIONS])
    letters: dict[str, Letter] = field(default_factory=dict)


class _LocalLane:
    """Implements `LaneStore` for the member that owns the place."""

    def __init__(self, name: str, consumer: _Consumer, number: int, partition: _Partition, member: object) -> None:
        self._name = name
        self._letters = consumer.letters
        self._number = number
        self._partition = partition
        self._place = consumer.places[number]
        self._consumer = consumer
        self._member = member

    def _owned(self) -> _Place:
        if self._consumer.places[self._number] is not self._place or self._place.owner is not self._member:
            raise LaneLostError("another member owns the partition")
        return self._place

    async def abandoned(self) -> list[Item]:
        pending = self._owned().pending.values()
        return [replace(item, suspect=True) for item in sorted(pending, key=lambda item: int(item.entry_id))]

    async def take(self, count: int) -> Taken:
        place = self._owned()
        fresh = self._partition.items[place.delivered : place.delivered + count]
        place.delivered += len(fresh)
        place.pending.update({item.entry_id: item for item in fresh})
        return Taken(list(place.replayed), fresh, len(fresh))

    async def wait(self, timeout_s: float) -> None:
        self._partition.grown.clear()
        if self._owned().delivered < len(self._partition.items):
            return
        # Not `wait_for`: before Python 3.12 it loses a cancellation that meets the end of the wait.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._partition.grown.wait()

    async def finish(self, items: Sequence[Item]) -> None:
        place = self._place
        for item in items:
            place.attempts.pop(item.entry_id, None)
            if item.origin == "stream":
                place.pending.pop(item.entry_id, None)
            elif item.origin == "replay":
                place.replayed = [other for other in place.replayed if other.entry_id != item.entry_id]
                if place.held.get(item.subject) == item.entry_id:
                    place.held[item.subject] = RELEASING
            else:
                place.aside[item.subject].remove(replace(item, suspect=False))

    async def count_attempt(self, item: Item) -> int:
        attempts = self._place.attempts.get(item.entry_id, 0) + 1
        self._place.attempts[item.entry_id] = attempts
        return attempts

    async def bury(self, item: Item, *, reason: str, attempts: int, failed_at: datetime, hold: bool) -> None:
        letter_id = keys.letter_id(self._name, self._number, item.entry_id)
        self._letters[letter_id] = Letter(self._number, to_kept(item), reason, attempts, to_micros(failed_at))
        await self.finish([item])
        if hold:
            self._place.held[item.subject] = item.entry_id

    async def held(self) -> dict[str, str]:
        return dict(self._owned().held)

    async def set_aside(self, item: Item) -> None:
        place = self._owned()
        if place.pending.pop(item.entry_id, None) is not None:
            place.aside.setdefault(item.subject, []).append(replace(item, origin="aside", suspect=False))

    async def aside(self, subject: str) -> list[Item]:
        place = self._owned()
        items = list(place.aside.get(subject, ()))
        if not items and place.held.get(subject) == RELEASING:
            del place.held[subject]
        return items


class _LocalGroup:
    """Implements `Group`; nobody dies unseen inside one process, so a lease lasts until it is given back."""

    def __init__(self, name: str, consumer: _Consumer, partitions: Sequence[_Partition]) -> None:
        self._name = name
        self._consumer = consumer
        self._partitions = partitions

    async def beat(self) -> int:
        self._consumer.members.add(self)
        return len(self._consumer.members)

    async def claim(self, partition: int) -> bool:
        place = self._consumer.places[partition]
        if place.owner is not None:
            return False
        place.owner = self
        return True

    async def renew(self, partition: int) -> bool:
        return self._consumer.places[partition].owner is self

    async def release(self, partition: int) -> None:
        if self._consumer.places[partition].owner is self:
            self._consumer.places[partition].owner = None

    async def leave(self) -> None:
        self._consumer.members.discard(self)

    def store(self, partition: int) -> _LocalLane:
        return _LocalLane(self._name, self._consumer, partition, self._partitions[partition], self)


class LocalBus:
    """Implements `EventBus` for the event loop in which it is used."""

    def __init__(self, *, clock: Clock = utc_now, delay: RetryDelay | None = None, lease_s: float = LEASE_S) -> None:
        self._clock = clock
        self._delay = delay or RetryDelay()
        self._lease_s = lease_s
        self._partitions = [_Partition() for _ in keys.PARTITIONS]
        self._consumers: dict[str, _Consumer] = {}

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        bodies = [encode(event) for event in events]
        now = self._clock()
        for event, body in zip(events, bodies, strict=True):
            partition = self._partitions[keys.partition_of(event.subject, event.type)]
            entry_id = str(len(partition.items))
            partition.items.append(Item(entry_id=entry_id, type=event.type, subject=event.subject, body=body))
            partition.published.append(now)
            partition.grown.set()

    async def run(self, subscription: Subscription) -> None:
        consumer = self._consumers.setdefault(subscription.consumer, _Consumer())
        group = _LocalGroup(subscription.consumer, consumer, self._partitions)
        await Member(
            group,
            keys.partitions_of(subscription.types),
            lambda store: Lane(store, subscription, clock=self._clock, delay=self._delay),
            lease_s=self._lease_s,
        ).run()

    async def dead_letters(self, consumer: str | None = None) -> Sequence[DeadLetter]:
        letters = [
            dead_letter(letter_id, name, letter)
            for name, known in self._consumers.items()
            if consumer in {None, name}
            for letter_id, letter in known.letters.items()
        ]
        return sorted(letters, key=lambda letter: (letter.failed_at, letter.letter_id))

    async def replay(self, letter_id: str) -> None:
        consumer = self._consumers.get(letter_id.partition("/")[0])
        letter = consumer.letters.pop(letter_id, None) if consumer else None
        if consumer is None or letter is None:
            raise unknown_letter(letter_id)
        kept = letter.kept
        consumer.places[letter.partition].replayed.append(
            Item(entry_id=kept.entry_id, type=kept.type, subject=kept.subject, body=kept.body, origin="replay")
        )
        self._partitions[letter.partition].grown.set()

    async def replay_from(self, consumer: str, instant: datetime) -> None:
        known = self._consumers.get(consumer)
        if known is None:
            raise unknown_consumer(consumer)
        for place, partition in zip(known.places, self._partitions, strict=True):
            place.delivered = min(place.delivered, bisect_left(partition.published, instant))
            partition.grown.set()

    async def forget(self, consumer: str) -> None:
        known = self._consumers.get(consumer)
        if known is not None:
            known.places[:] = [_Place() for _ in keys.PARTITIONS]
            known.letters.clear()
