"""Frames in any order through the real engine, history, bus and database: the same states and the same stays."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from parking.bus.redis_streams import RedisStreamsBus
from parking.bus.relay import OutboxRelay
from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros, utc_now
from parking.occupancy.engine import Engine
from parking.occupancy.evidence import Observation
from parking.occupancy.history import HistoryWriter
from parking.occupancy.live_reader import LiveReader
from parking.occupancy.publisher import ChangePublisher
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shards import shard_of
from parking.occupancy.told_anew import OrderKeeper
from parking.occupancy.unsettled import LATENESS, settle_due
from parking.sessions import service
from parking.sessions.consumer import SessionTracker
from parking.sessions.model import ParkingSession
from tests.parking.occupancy.live import running, until
from tests.parking.occupancy.samples import T0, zone
from tests.parking.sessions.arrivals import canonical, essence_of_state, essence_of_stays
from tests.parking.sessions.test_permutations import frames_of

pytestmark = pytest.mark.service

SHUFFLES = 6
STORY = [
    ("change", "occupied", 1, None, "next", 0),
    ("restate", "occupied", 9, None, "next", 0),
    ("change", "free", 20, (1740, 1800), "next", 0),
    ("change", "occupied", 7, None, "join", 0),
    ("restate", "occupied", 10, None, "next", 0),
    ("change", "free", 3, None, "skip", 0),
    ("restate", "free", 5, None, "next", 0),
    ("restate", "occupied", 7, None, "next", 0),
    ("restate", "occupied", 7, None, "next", 0),
    ("startup", "occupied", 1, None, "join", 0),
    ("telemetry", None, 1, None, "next", 0),
    ("change", "free", 6, None, "next", 0),
    ("change", "occupied", 12, None, "next", 0),
    ("restate", "occupied", 3, None, "next", 0),
]


def story_of(space_id: str, start: int) -> list[Observation]:
    """One rich hour and a half of one device, on a space of its own."""
    return [
        msgspec.structs.replace(
            frame,
            space_id=space_id,
            observed_at=start + frame.observed_at - T0,
            received_at=start + frame.received_at - T0,
        )
        for frame in frames_of(f"device-{space_id}", "session", STORY, 0)
    ]


@asynccontextmanager
async def installation(redis: Redis, database: Database) -> AsyncIterator[RedisReadingStream]:
    stream, bus = RedisReadingStream(redis), RedisStreamsBus(redis)
    tracker, keeper = SessionTracker(database, utc_now), OrderKeeper(database, stream, utc_now)
    parts = (
        Engine(redis).run(),
        HistoryWriter(redis, database).run(),
        ChangePublisher(redis, bus).run(),
        OutboxRelay(database, bus).run(),
        bus.run(tracker.subscription),
        bus.run(keeper.subscription),
    )
    async with running(*parts):
        yield stream


async def test_state_and_stays_are_the_same_when_the_frames_of_a_day_are_shuffled(
    redis: Redis, database: Database
) -> None:
    start = to_micros(utc_now() - timedelta(minutes=100))
    spaces = [f"s{number}" for number in range(SHUFFLES)]
    chance = random.Random(7)  # noqa: S311 - reproducible disorder
    arrivals: dict[str, list[Observation]] = {}
    for number, space_id in enumerate(spaces):
        frames = story_of(space_id, start)
        arrivals[space_id] = frames + chance.sample(frames, 5)
        if number:
            chance.shuffle(arrivals[space_id])
    async with installation(redis, database) as stream:
        await stream.define_zone(zone(*spaces))
        for turn in range(max(map(len, arrivals.values()))):
            now = to_micros(utc_now())
            coming = [frames[turn] for frames in arrivals.values() if turn < len(frames)]
            await stream.append([msgspec.structs.replace(frame, received_at=now) for frame in coming])
        expected = {space_id: canonical(story_of(space_id, start), to_micros(utc_now())) for space_id in spaces}

        async def all_as_expected() -> bool:
            return all([await _is_as_expected(redis, database, space, *expected[space]) for space in spaces])

        await until(all_as_expected)
        async with database.transaction() as session:
            assert await settle_due(session, utc_now() + LATENESS + timedelta(minutes=5)) == SHUFFLES
        await until(lambda: _relayed(database))
        assert await all_as_expected()
    async with database.transaction() as session:
        revised = await session.scalar(text("SELECT count(*) FROM session_revision WHERE is_applied"))
    assert revised


async def _is_as_expected(
    redis: Redis, database: Database, space_id: str, state: object, stays: list[ParkingSession]
) -> bool:
    found = (await LiveReader(redis).snapshot(shard_of("z1"))).spaces.get(space_id)
    if found is None or essence_of_state(found) != essence_of_state(state):  # type: ignore[arg-type]
        return False
    async with database.transaction() as session:
        known = await service.listed(session, space_id=space_id)
    return essence_of_stays(known) == essence_of_stays(stays)


async def _relayed(database: Database) -> bool:
    async with database.transaction() as session:
        left = await session.scalar(text("SELECT count(*) FROM outbox"))
    return not left
