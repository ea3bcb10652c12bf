"""Renders the compact changes of the engine as CloudEvents on the bus: at the edge, not one by one inside.

At least once: the position moves after the bus has the events, and an event that is rendered again has the same id.
"""

import asyncio
import logging
from collections import ChainMap, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from parking.bus.cancellation import still_wanted
from parking.bus.codec import fact_of
from parking.bus.lease import Lease
from parking.bus.ports import EventBus
from parking.domain.clock import from_micros, to_micros
from parking.domain.errors import UnavailableError
from parking.events.envelope import CloudEvent, wrap
from parking.events.fact import Fact
from parking.events.space import SpaceStateChanged, ZoneCountsChanged
from parking.occupancy import keys
from parking.occupancy.changes import space_fact
from parking.occupancy.evidence import DATA_FIELD
from parking.occupancy.followed import Followed
from parking.occupancy.model import ChangeBatch, ZoneCounts
from parking.occupancy.settling import settle
from parking.occupancy.shards import SHARDS
from parking.occupancy.streams import START, Entry, read_streams

SOURCE: Final = "parking.occupancy"
LEASE_KEY: Final = "occ:publisher:lease"
LEASE_S: Final = 5.0
READ_COUNT: Final = 8
"""Change entries per shard in one read; one may hold some thousand changes."""
EVENTS_AT_ONCE: Final = 1000
"""Rendered and published together, or the one entry that holds more: what shares the process waits for no more than that."""
EVENTS_PER_S: Final = 2_000
"""What follows from a change may be seconds late, the map may not: a burst is told at this pace, so that the consumers do not take
cores and flushes from the way of the readings. Ten times what the spaces of a million-space city change in a second."""
PAUSE_S: Final = 1.0
"""Well below the lease."""
BLOCK_MS: Final = 1000
RETRY_S: Final = 1.0
_OUTAGES: Final = (RedisError, UnavailableError, OSError, TimeoutError)

_log = logging.getLogger(__name__)
_batches = msgspec.msgpack.Decoder(ChangeBatch)
Numbers = tuple[int, ...]


def _counts_key(shard: int) -> str:
    """Hash: zone → the numbers last published, so that a restart does not repeat what did not change."""
    return f"{keys.published(shard)}:counts"


def _numbers(counts: ZoneCounts) -> Numbers:
    return (
        counts.capacity,
        counts.vacant,
        counts.occupied,
        counts.unknown,
        counts.restricted,
        counts.restricted_occupied,
    )


def counts_fact(counts: ZoneCounts) -> ZoneCountsChanged:
    return ZoneCountsChanged(
        zone_id=counts.zone_id,
        capacity=counts.capacity,
        vacant=counts.vacant,
        occupied=counts.occupied,
        unknown=counts.unknown,
        restricted=counts.restricted,
        restricted_occupied=counts.restricted_occupied,
        observed_at=None if counts.observed_at is None else from_micros(counts.observed_at),
    )


def render(shard: int, change_id: str, batch: ChangeBatch, known: Mapping[str, Numbers]) -> list[CloudEvent]:
    """Events of one change entry, ids `{shard}-{entry id}-{n}`.

    Counts whose numbers are those of `known` are left out, and spaces that left the inventory: `PlaceChanged` tells
    of them. `n` counts what may be left out as well, so an event has the same id however much is known.
    """

    def facts() -> Iterator[Fact | None]:
        for change in batch.changes:
            yield None if change.removed else space_fact(change)
        for counts in batch.counts:
            yield None if known.get(counts.zone_id) == _numbers(counts) else counts_fact(counts)

    at = from_micros(batch.at)
    return [
        wrap(fact, event_id=f"{shard}-{change_id}-{n}", source=SOURCE, time=at)
        for n, fact in enumerate(facts())
        if fact is not None
    ]


class ChangePublisher:
    """Run one per worker process; one of all works at a time."""

    def __init__(
        self, redis: Redis, bus: EventBus, *, lease_s: float = LEASE_S, followed: Followed | None = None
    ) -> None:
        self._redis = redis
        self._bus = bus
        self._lease = Lease(redis, LEASE_KEY, lease_s=lease_s)
        self._followed = followed or Followed()
        self._positions: dict[int, str] = {}
        self._known: dict[int, dict[str, Numbers]] = {}
        self._waiting: list[tuple[int, Entry]] = []
        """Entries after the positions that are read and not published, with their shards, which take turns."""

    async def published_position(self, shard: int) -> str | None:
        """Id of the last entry of `changes:{shard}` whose events are on the bus; None when nothing was published."""
        position = await self._redis.get(keys.published(shard))
        return None if position is None else bytes(position).decode()  # type: ignore[arg-type]  # the client answers bytes

    async def run(self) -> None:
        """Until cancelled, through outages."""
        down = False
        async with self._lease.given_back():
            while True:
                still_wanted()
                try:
                    if await self._lease.hold():
                        await self._load()
                        if down:
                            _log.info("publisher: goes on")
                        down = False
                        while await self._lease.hold():
                            still_wanted()
                            await self._rest(await self.step())
                except _OUTAGES as error:
                    if not down:
                        _log.warning("publisher: waits: %s", error)
                    down = True
                await asyncio.sleep(RETRY_S)

    async def _rest(self, events: int) -> None:
        """Pause after so many events for as long as they may take, without losing the lease."""
        left = events / EVENTS_PER_S
        while left > 0.0 and await self._lease.hold():
            await asyncio.sleep(min(left, PAUSE_S))
            left -= PAUSE_S

    async def step(self) -> int:
        """Publish the next piece of what has come, waiting for it up to a second; answers how many events that was.

        Raises RedisError and `UnavailableError`; then the positions stay where they were.
        """
        if not self._positions:
            await self._load()
        if not self._waiting:
            await self._read()
        events: list[CloudEvent] = []
        reached: dict[int, str] = {}
        told: defaultdict[int, dict[str, Numbers]] = defaultdict(dict)
        taken = 0
        for shard, entry in self._waiting:
            if len(events) >= EVENTS_AT_ONCE:
                break
            events += self._render(shard, entry, told[shard])
            reached[shard] = entry[0]
            taken += 1
        await self._bus.publish(events)
        if self._followed.devices:
            self._tell(events)
        await self._move(reached, told)
        # Only now: what failed is published again.
        del self._waiting[:taken]
        return len(events)

    async def _read(self) -> None:
        names = {keys.changes(shard): shard for shard in SHARDS}
        after = {name: self._positions[shard] for name, shard in names.items()}
        found = await read_streams(self._redis, after, count=READ_COUNT, block_ms=BLOCK_MS)
        await settle(self._redis, {names[name]: entries[-1][0] for name, entries in found.items()})
        by_shard = [[(names[name], entry) for entry in entries] for name, entries in found.items()]
        self._waiting = [one for turn in zip_longest(*by_shard) for one in turn if one is not None]

    def _tell(self, events: Sequence[CloudEvent]) -> None:
        for event in events:
            fact = fact_of(event)
            if isinstance(fact, SpaceStateChanged) and fact.device_id in self._followed.devices:
                observed_at = None if fact.observed_at is None else to_micros(fact.observed_at)
                self._followed.tell("event", fact.device_id, observed_at, event=event.id, space=fact.space_id)

    def _render(self, shard: int, entry: Entry, told: dict[str, Numbers]) -> list[CloudEvent]:
        change_id, fields = entry
        batch = _batches.decode(fields[DATA_FIELD])
        events = render(shard, change_id, batch, ChainMap(told, self._known[shard]))
        told.update({counts.zone_id: _numbers(counts) for counts in batch.counts})
        return events

    async def _move(self, reached: Mapping[int, str], told: Mapping[int, Mapping[str, Numbers]]) -> None:
        if not reached:
            return
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard, position in reached.items():
                if told[shard]:
                    numbers: Any = {zone: msgspec.msgpack.encode(values) for zone, values in told[shard].items()}
                    pipeline.hset(_counts_key(shard), mapping=numbers)
                pipeline.set(keys.published(shard), position)
            await pipeline.execute()
        for shard, position in reached.items():
            self._positions[shard] = position
            self._known[shard].update(told[shard])

    async def _load(self) -> None:
        self._waiting = []
        async with self._redis.pipeline(transaction=False) as pipeline:
            for shard in SHARDS:
                pipeline.get(keys.published(shard))
                pipeline.hgetall(_counts_key(shard))
            answers = await pipeline.execute()
        decode = msgspec.msgpack.Decoder(Numbers).decode
        for shard, position, counts in zip(SHARDS, answers[::2], answers[1::2], strict=True):
            self._positions[shard] = START if position is None else position.decode()
            self._known[shard] = {zone.decode(): decode(values) for zone, values in counts.items()}
