"""A small city on a cluster under traffic: the door, the engine, history and the publisher, and what each of them promised."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from redis.asyncio import Redis
from sqlalchemy import text

from parking.bus.codec import fact_of
from parking.bus.connection import open_redis
from parking.bus.ports import Subscription
from parking.bus.redis_streams import RedisStreamsBus
from parking.db.unit_of_work import Database
from parking.domain.errors import UnavailableError
from parking.events.envelope import CloudEvent
from parking.events.space import SpaceStateChanged
from parking.occupancy.engine import Engine
from parking.occupancy.evidence import SensedStatus
from parking.occupancy.history import HistoryWriter
from parking.occupancy.live_reader import LiveReader
from parking.occupancy.publisher import ChangePublisher
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shards import SHARDS
from tests.parking.occupancy.live import WITHIN_S, running, until
from tests.parking.occupancy.samples import assert_counts_equal_spaces, fresh_reading, zone

ZONES: Final = tuple(f"z{number}" for number in range(9))
"""Enough that every node serves some."""
PAUSE_S: Final = 0.05


@dataclass
class Scene:
    """What was promised, and what was told of it."""

    redis: Redis
    database: Database
    door: RedisReadingStream
    promised: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Event ids that the door took, by zone."""
    last: dict[str, SensedStatus] = field(default_factory=dict)
    """The last status that the door took, by space."""
    refused: Counter[str] = field(default_factory=Counter)
    told: dict[str, list[SpaceStateChanged]] = field(default_factory=lambda: defaultdict(list))
    """Changes by space, each event once."""
    sent: asyncio.Event = field(default_factory=asyncio.Event)
    """Every sender has ended, with nothing under way."""
    heard: set[str] = field(default_factory=set)

    async def send(self, zone_id: str, over: asyncio.Event) -> None:
        """One sender's readings, each repeated until the door has it, as a gateway does."""
        number = 0
        while not over.is_set():
            status: SensedStatus = "occupied" if number % 2 == 0 else "free"
            reading = fresh_reading(
                status, zone=zone_id, space=f"s-{zone_id}", device=f"d-{zone_id}", event_id=f"{zone_id}-{number}"
            )
            while True:
                try:
                    await self.door.append([reading])
                except UnavailableError as error:
                    self.refused[error.code] += 1
                    await asyncio.sleep(PAUSE_S)
                else:
                    break
            self.promised[zone_id].append(f"{zone_id}-{number}")
            self.last[f"s-{zone_id}"] = status
            number += 1
            await asyncio.sleep(PAUSE_S)

    async def hear(self, event: CloudEvent) -> None:
        if event.id in self.heard:
            return
        self.heard.add(event.id)
        fact = fact_of(event)
        assert isinstance(fact, SpaceStateChanged)
        self.told[fact.space_id].append(fact)

    async def until_more(self, zones: list[str], number: int) -> None:
        """Until the door has taken so many more readings of each of the zones."""
        before = {zone_id: len(self.promised[zone_id]) for zone_id in zones}

        async def taken() -> bool:
            return all(len(self.promised[zone_id]) >= before[zone_id] + number for zone_id in zones)

        await until(taken)

    async def kept(self) -> Counter[str]:
        """Event ids in history."""
        async with self.database.transaction() as session:
            rows = await session.execute(text("SELECT event_id FROM observation"))
            return Counter(row[0] for row in rows)

    async def until_settled(self) -> Counter[str]:
        """Every last word is shown and told, and history has all that it will have; answers that."""

        async def shown() -> bool:
            spaces: dict[str, str] = {}
            for shard in SHARDS:
                found = await LiveReader(self.redis).snapshot(shard)
                assert_counts_equal_spaces(found.counts, found.spaces)
                spaces |= {space_id: state.belief for space_id, state in found.spaces.items()}
            told = {space_id: facts[-1].status for space_id, facts in self.told.items()}
            return spaces == self.last and told == self.last and await last_are_kept()

        async def last_are_kept() -> bool:
            kept = await self.kept()
            return all(ids[-1] in kept for ids in self.promised.values())

        async with asyncio.timeout(WITHIN_S):
            await self.sent.wait()
        await until(shown)
        return await self.kept()

    def assert_told_in_order(self) -> None:
        for told in self.told.values():
            # Before the first reading a space is unknown, since its definition was read.
            facts = [fact for fact in told if fact.status != "unknown"]
            since = [fact.since for fact in facts if fact.since is not None]
            assert since == sorted(since)
            statuses = [fact.status for fact in facts]
            assert all(one != next_one for one, next_one in pairwise(statuses))


@asynccontextmanager
async def city(redis_url: str, database: Database, *, replicas: int) -> AsyncIterator[tuple[Scene, asyncio.Event]]:
    """The scene, with senders until the event is set."""
    redis = open_redis(redis_url, replicas=replicas)
    scene = Scene(redis, database, RedisReadingStream(redis, timeout_s=2.0))
    bus = RedisStreamsBus(redis, lease_s=2.0)
    subscription = Subscription(
        consumer="listener", types=frozenset({SpaceStateChanged.TYPE}), handler=scene.hear, attempts=3
    )
    for zone_id in ZONES:
        await scene.door.define_zone(zone(f"s-{zone_id}", zone_id=zone_id))
    over = asyncio.Event()
    try:
        async with running(
            Engine(redis, beat_s=0.2).run(),
            HistoryWriter(redis, database).run(),
            ChangePublisher(redis, bus, lease_s=2.0).run(),
            bus.run(subscription),
            _senders(scene, over),
        ):
            yield scene, over
    finally:
        await redis.aclose()


async def _senders(scene: Scene, over: asyncio.Event) -> None:
    await asyncio.gather(*(scene.send(zone_id, over) for zone_id in ZONES))
    scene.sent.set()
