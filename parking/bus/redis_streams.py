"""The durable bus: partitioned Redis streams, a consumer group per consumer, a lease per consumer and partition.

It stands on plain commands of Redis 7.2 and survives the restart of the server. An event is durable when `publish`
returns as far as the server's own settings go; the installation runs it with `appendfsync always`, and waits for replicas
where it is told to.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from parking.bus import keys
from parking.bus.arrivals import TYPE, Arrivals
from parking.bus.cancellation import still_wanted
from parking.bus.codec import UnreadableEventError, decode, encode
from parking.bus.connection import OUTAGES
from parking.bus.lane import Lane, LaneStore, RetryDelay
from parking.bus.letters import dead_letter, decode_letter, encode_kept, unknown_consumer, unknown_letter
from parking.bus.member import Member
from parking.bus.ports import DeadLetter, Subscription
from parking.bus.positions import before, entry_id, positions
from parking.bus.redis_group import RedisGroup
from parking.bus.redis_lane import EVENT
from parking.bus.replicas import replicated
from parking.bus.scripts import Scripts, ask
from parking.domain.clock import Clock, utc_now
from parking.domain.errors import UnavailableError
from parking.events.envelope import CloudEvent

LEASE_S: Final = 10.0
RECONNECT_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between attempts to reach the server; the last one repeats."""
_TAIL_PAGE: Final = 500
_PUBLISHED_WORDS: Final = 3 * 256
"""Of so many events, three words each, in one command: the server does nothing else meanwhile."""

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except OUTAGES as error:
        raise UnavailableError(f"the event bus cannot be reached: {error}", code="bus_unavailable") from error


class RedisStreamsBus:
    """Implements `EventBus`. The client is opened and closed by the caller and answers bytes."""

    def __init__(
        self, redis: Redis, *, clock: Clock = utc_now, delay: RetryDelay | None = None, lease_s: float = LEASE_S
    ) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)
        self._arrivals = Arrivals(redis)
        self._clock = clock
        self._delay = delay or RetryDelay()
        self._lease_s = lease_s

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        words: dict[int, list[str | bytes]] = {}
        for event in events:
            partition = keys.partition_of(event.subject, event.type)
            words.setdefault(partition, []).extend((event.type, event.subject, encode(event)))
        if not events:
            return
        with _reachable():
            async with self._redis.pipeline(transaction=False) as pipeline:
                for partition, told in words.items():
                    for start in range(0, len(told), _PUBLISHED_WORDS):
                        some = told[start : start + _PUBLISHED_WORDS]
                        # Whole, not by its digest: a pipeline cannot ask again of a server that has forgotten it.
                        pipeline.eval(self._scripts.publish, 1, keys.stream(partition), *some)
                await replicated(self._redis, pipeline)

    async def run(self, subscription: Subscription) -> None:
        consumer = subscription.consumer
        failures = 0
        while True:
            still_wanted()
            group = RedisGroup(self._redis, self._scripts, self._arrivals, subscription, lease_s=self._lease_s)
            try:
                partitions = await group.partitions()
                if failures:
                    _log.info("%s has the event bus again", consumer)
                failures = 0
                member = Member(group, partitions, partial(self._lane, subscription), lease_s=self._lease_s)
                async with self._arrivals.running(partitions):
                    await member.run()
            except* OUTAGES as outage:
                if failures == 0:
                    _log.warning("%s lost the event bus: %s", consumer, outage.exceptions[0])
            still_wanted()
            await asyncio.sleep(RECONNECT_S[min(failures, len(RECONNECT_S) - 1)])
            failures += 1

    def _lane(self, subscription: Subscription, store: LaneStore) -> Lane:
        return Lane(store, subscription, clock=self._clock, delay=self._delay)

    async def dead_letters(self, consumer: str | None = None) -> Sequence[DeadLetter]:
        with _reachable():
            if consumer is None:
                members = await ask(self._redis, "SMEMBERS", keys.DEAD_CONSUMERS)
                consumers = [member.decode() for member in members]
            else:
                consumers = [consumer]
            letters = [letter for name in consumers for letter in await self._letters_of(name)]
        return sorted(letters, key=lambda letter: (letter.failed_at, letter.letter_id))

    async def replay(self, letter_id: str) -> None:
        """The letter stands in the line of its partition before it leaves the dead ones: never lost, perhaps twice."""
        consumer = letter_id.partition("/")[0]
        with _reachable():
            data = await ask(self._redis, "HGET", keys.dead(consumer), letter_id)
            if data is None:
                raise unknown_letter(letter_id)
            letter = decode_letter(data)
            line = keys.replayed(letter.partition, consumer)
            await self._redis.rpush(line, encode_kept(letter.kept))
            await self._redis.hdel(keys.dead(consumer), letter_id)

    async def replay_from(self, consumer: str, instant: datetime) -> None:
        target = before(instant)
        with _reachable():
            standing = [
                position
                for partition in keys.PARTITIONS
                for position in await positions(self._redis, partition)
                if position.consumer == consumer
            ]
            if not standing:
                raise unknown_consumer(consumer)
            for position in standing:
                if entry_id(target) < entry_id(position.delivered):
                    name = keys.stream(position.partition)
                    await self._redis.xgroup_setid(name, consumer, target)

    async def forget(self, consumer: str) -> None:
        with _reachable():
            for partition in keys.PARTITIONS:
                await self._forget_partition(partition, consumer)
            await self._redis.delete(keys.dead(consumer))
            await self._redis.srem(keys.DEAD_CONSUMERS, consumer)

    async def tail(self, types: frozenset[str] | None, since: datetime) -> AsyncGenerator[CloudEvent, None]:
        """Follow the bus without a position of one's own, from `since` on; `types` of None means all.

        Ordered per subject within a family; never ends by itself. Entries that are no events are passed over.
        """
        partitions = keys.PARTITIONS if types is None else {*keys.partitions_of(types), *keys.SHARED_PARTITIONS}
        cursors = dict.fromkeys(sorted(partitions), before(since))
        while True:
            found = False
            for partition, cursor in cursors.items():
                with _reachable():
                    entries = await ask(
                        self._redis, "XRANGE", keys.stream(partition), f"({cursor}", "+", "COUNT", _TAIL_PAGE
                    )
                for found_id, fields in entries:
                    found = True
                    cursors[partition] = found_id.decode()
                    if types is None or fields[TYPE].decode() in types:
                        with contextlib.suppress(UnreadableEventError):
                            yield decode(fields[EVENT])
            if not found:
                await asyncio.sleep(RECONNECT_S[1])

    async def _letters_of(self, consumer: str) -> list[DeadLetter]:
        answer = await ask(self._redis, "HGETALL", keys.dead(consumer))
        return [dead_letter(name.decode(), consumer, decode_letter(data)) for name, data in answer.items()]

    async def _forget_partition(self, partition: int, consumer: str) -> None:
        subjects = await ask(self._redis, "HKEYS", keys.held(partition, consumer))
        names = [
            keys.lease(partition, consumer),
            keys.attempts(partition, consumer),
            keys.replayed(partition, consumer),
            keys.held(partition, consumer),
            *(keys.aside(partition, consumer, subject.decode()) for subject in subjects),
        ]
        await self._redis.delete(*names)
        try:
            await self._redis.xgroup_destroy(keys.stream(partition), consumer)
        except ResponseError as error:
            if "requires the key to exist" not in str(error):
                raise
