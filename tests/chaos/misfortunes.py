"""What may befall the city, each as a coroutine that returns when it is over; the city may be struck anew meanwhile."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Final

import asyncpg
from redis.asyncio import Redis

from parking.bus.connection import OUTAGES, open_redis
from tests.chaos.guarded_city import DOOR, GUEST, SERVERS, WORKERS, GuardedCity

Strike = Callable[[], Awaitable[None]]

BEYOND_LEASE_S: Final = (6.5, 8.0)
"""A worker's shards are another's when it wakes; a lease lasts five seconds."""
STOPPED_S: Final = (1.0, 6.5)
"""Shorter and longer than any client of a server waits for an answer."""
DOOR_STOPPED_S: Final = (1.0, 10.0)
"""Also so long that what it knows when it wakes may not be called fresh."""
SLOWED_S: Final = (2.0, 4.0)
VISIT_S: Final = (4.0, 8.0)
SLOW_FLUSH_US: Final = 300_000
SLOW_COMMIT_US: Final = 100_000
"""The longest for which PostgreSQL lets each commit wait before its flush."""
CONNECT_WITHIN_S: Final = 2.0
AGAIN_S: Final = 0.2
_OFF: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError)


def ways(city: GuardedCity, chance: Random) -> Mapping[str, Strike]:
    """Misfortunes by name."""
    return {**_ends(city, chance), **_slow_or_cut(city, chance)}


def _ends(city: GuardedCity, chance: Random) -> Mapping[str, Strike]:
    """Processes that are killed, stopped, or come and go."""

    def killed(*names: str) -> Strike:
        async def kill() -> None:
            city.kill(*names)

        return kill

    def stopped(name: str, span: tuple[float, float]) -> Strike:
        async def stop() -> None:
            async with city.stopped(name):
                await asyncio.sleep(chance.uniform(*span))

        return stop

    async def worker_killed() -> None:
        city.kill(chance.choice(WORKERS))

    async def worker_stopped() -> None:
        await stopped(chance.choice(WORKERS), BEYOND_LEASE_S)()

    async def guest() -> None:
        if city.running(GUEST) is None:
            city.start(GUEST)
            await asyncio.sleep(chance.uniform(*VISIT_S))
            await city.stop(GUEST)

    return {
        "the door killed": killed(DOOR),
        "one worker killed": worker_killed,
        "both workers killed": killed(*WORKERS),
        "the live store killed": killed("valkey"),
        "the database killed": killed("postgres"),
        "everything killed at once": killed(DOOR, *WORKERS, *SERVERS),
        "the door stopped": stopped(DOOR, DOOR_STOPPED_S),
        "one worker stopped beyond its lease": worker_stopped,
        "the live store stopped": stopped("valkey", STOPPED_S),
        "the database stopped": stopped("postgres", STOPPED_S),
        "a third worker comes and goes": guest,
    }


def _slow_or_cut(city: GuardedCity, chance: Random) -> Mapping[str, Strike]:
    """Disks that take their time, and lines that break."""

    async def flush_slowed() -> None:
        await _flush_waits(city, SLOW_FLUSH_US)
        await asyncio.sleep(chance.uniform(*SLOWED_S))
        await _until_done(lambda: _flush_waits(city, 0))

    async def killed_in_flush() -> None:
        await _flush_waits(city, SLOW_FLUSH_US)
        await asyncio.sleep(chance.uniform(0.0, 3 * SLOW_FLUSH_US / 1e6))
        city.kill("valkey")

    async def commits_slowed() -> None:
        await _commits_wait(city, SLOW_COMMIT_US)
        await asyncio.sleep(chance.uniform(*SLOWED_S))
        await _until_done(lambda: _commits_wait(city, 0))

    async def store_cut() -> None:
        with contextlib.suppress(*OUTAGES):
            async with _store(city) as redis:
                await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")  # type: ignore[no-untyped-call]

    async def database_cut() -> None:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
        await _in_database(city, others)

    return {
        "the flush of the live store slowed": flush_slowed,
        "the live store killed in a slow flush": killed_in_flush,
        "the commits of the database slowed": commits_slowed,
        "all lines to the live store cut": store_cut,
        "all lines to the database cut": database_cut,
    }


def _store(city: GuardedCity) -> Redis:
    return open_redis(city.platform.settings.required_redis_url)


async def _until_done(mending: Callable[[], Awaitable[bool]]) -> None:
    """What slows a server must not stay because the server was away when it should end."""
    while not await mending():
        await asyncio.sleep(AGAIN_S)


async def _flush_waits(city: GuardedCity, micros: int) -> bool:
    """Whether it was done: a store that is away has no flush to slow."""
    try:
        async with _store(city) as redis:
            await redis.execute_command("DEBUG", "AOF-FLUSH-SLEEP", micros)  # type: ignore[no-untyped-call]
    except OUTAGES:
        return False
    return True


async def _commits_wait(city: GuardedCity, micros: int) -> bool:
    """Whether it was done."""
    return await _in_database(
        city,
        f"ALTER SYSTEM SET commit_delay = {micros}",
        "ALTER SYSTEM SET commit_siblings = 0",
        "SELECT pg_reload_conf()",
    )


async def _in_database(city: GuardedCity, *statements: str) -> bool:
    """Whether it was done: a database that is away is not struck."""
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            connection = await asyncpg.connect(city.platform.settings.required_database_url)
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                connection.terminate()
    except _OFF:
        return False
    return True
