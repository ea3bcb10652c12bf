"""The host runs what is switched on, follows the switches, and one bad module disturbs nobody."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from redis.asyncio import Redis

from parking.bus.codec import fact_of
from parking.bus.lane import RetryDelay
from parking.bus.ports import DeadLetter, Subscription
from parking.bus.redis_streams import RedisStreamsBus
from parking.db.unit_of_work import Database
from parking.events.envelope import CloudEvent
from parking.events.restriction import RestrictionReleased, RestrictionRequested
from parking.plugins import service
from parking.plugins.catalogue import CityModule
from parking.plugins.host import ModuleHost, consumer_of
from parking.plugins.sdk import Settings
from parking.restrictions import service as restrictions
from tests.parking.bus.listening import eventually
from tests.parking.plugins.modules import AT, Listener, module, planned
from tests.parking.restrictions.small_street import fill, wanted


class Own(Settings, frozen=True, kw_only=True):
    """One number."""

    number: Annotated[int, msgspec.Meta(ge=0)] = 7


def now() -> datetime:
    return datetime.now(UTC)


def bus_of(redis: Redis) -> RedisStreamsBus:
    return RedisStreamsBus(redis, delay=RetryDelay(first_s=0.01, limit_s=0.02), lease_s=2.0)


@asynccontextmanager
async def hosted(
    database_url: str, database: Database, redis: Redis, modules: Sequence[CityModule]
) -> AsyncIterator[ModuleHost]:
    host = ModuleHost(database_url, database, bus_of(redis), now, modules)
    task = asyncio.ensure_future(host.run())
    try:
        yield host
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait({task})


async def letters_of(bus: RedisStreamsBus, name: str, *, count: int) -> Sequence[DeadLetter]:
    """The dead letters of a module, once there are so many."""
    async with asyncio.timeout(60):
        while len(found := await bus.dead_letters(consumer_of(name))) < count:
            await asyncio.sleep(0.02)
    return found


async def test_modules_hear_their_events_and_the_switch_is_followed_at_once(
    database_url: str, database: Database, redis: Redis
) -> None:
    one, other = Listener(), Listener()
    city = [module("one", one, settings=Own), module("other", other)]
    bus = bus_of(redis)
    async with hosted(database_url, database, redis, city) as host:
        await bus.publish([planned("w1")])
        await eventually(lambda: set(one.heard) == set(other.heard) == {"w1"})
        async with database.transaction() as session:
            await service.disable(session, "other", at=AT)
        await eventually(lambda: host.running == {"one"})
        await bus.publish([planned("w2")])
        await eventually(lambda: set(one.heard) == {"w1", "w2"})
        assert set(other.heard) == {"w1"}
        async with database.transaction() as session:
            await service.enable(session, city, "other", at=AT)
            await service.configure(session, city, "one", {"number": 9}, at=AT)
        await eventually(lambda: set(other.heard) == {"w1", "w2"})
        await eventually(lambda: one.settings == [Own(), Own(number=9)])


async def test_module_that_fails_or_hangs_delays_nobody_but_itself(
    database_url: str, database: Database, redis: Redis
) -> None:
    def fail() -> None:
        raise RuntimeError("a stranger's mistake")

    good = Listener()
    city = [
        module("broken", lambda _: fail()),
        module("failing", failing := Listener(behave=fail)),
        module("hanging", hanging := Listener(behave=lambda: asyncio.sleep(3600))),
        module("good", good),
    ]
    bus = bus_of(redis)
    async with hosted(database_url, database, redis, city) as host:
        for number in range(3):
            await bus.publish([planned(f"w{number}")])
        await eventually(lambda: set(good.heard) == {"w0", "w1", "w2"})
        await eventually(lambda: bool(hanging.heard) and bool(failing.heard))
        assert host.running == {"broken", "failing", "hanging", "good"}
        async with database.transaction() as session:
            await service.disable(session, "hanging", at=AT)
        await eventually(lambda: "hanging" not in host.running)

        await letters_of(bus, "failing", count=3)
        assert await bus.dead_letters(consumer_of("good")) == []


async def test_module_says_only_what_its_manifest_allows_and_the_same_event_says_it_under_the_same_id(
    database_url: str, database: Database, redis: Redis
) -> None:
    ask = wanted("s1", requester="honest")
    city = [
        module("honest", Listener(ask)),
        module("forger", Listener(ask)),
        module(
            "talker",
            Listener(RestrictionReleased(restriction_id="r1", requester="talker", released_at=AT, cause="ended")),
        ),
    ]
    bus = bus_of(redis)
    asked: list[CloudEvent] = []

    async def hear(event: CloudEvent) -> None:
        asked.append(event)

    listener = Subscription(consumer="test", types=frozenset({RestrictionRequested.TYPE}), handler=hear)
    listening = asyncio.ensure_future(bus.run(listener))
    async with hosted(database_url, database, redis, city):
        await bus.publish([planned("w1"), planned("w1")])
        await eventually(lambda: len(asked) >= 2)
        letters = [letter for name in ("forger", "talker") for letter in await letters_of(bus, name, count=2)]
    listening.cancel()
    await asyncio.wait({listening})
    assert [event.key for event in asked] == [("city.honest", "test/planned-w1/1")] * len(asked)
    assert fact_of(asked[0]) == ask
    assert all("ModuleForbiddenError" in letter.reason for letter in letters)


async def test_spaces_are_given_back_when_a_module_is_no_longer_installed(
    database_url: str, database: Database, redis: Redis
) -> None:
    await fill(database)
    async with database.transaction() as session:
        await service.standings(session, [module("gone", Listener())], AT)
        await restrictions.apply(session, wanted("s1", requester="gone", base=now()), at=now())

    async def held() -> int:
        async with database.transaction() as session:
            return len(await restrictions.standing(session, at=now()))

    assert await held() == 1
    async with hosted(database_url, database, redis, []):
        async with asyncio.timeout(60):
            while await held():
                await asyncio.sleep(0.02)
