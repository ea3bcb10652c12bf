"""Streets of any size in the database within seconds, the servers, and chosen worker processes: no door, no devices.

The evidence comes from the measurement itself, as entries of the streams that the door would write.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from redis.asyncio import Redis
from sqlalchemy import text

from api import schema
from api.bench.readings import Watcher
from api.bench.rig import throwaway_folder
from api.embedded.folder import DataFolder
from api.embedded.process import Running, spawn
from api.embedded.services import EmbeddedServices
from api.installation.children import Child, child_program
from api.settings import Settings
from parking.bus.connection import open_redis
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.occupancy import keys
from parking.occupancy.shards import SHARDS

ZONE_SPACES: Final = 95
"""The mean of the generated city."""
KNOWN_WITHIN_S: Final = 300.0
STORE: Final = "live store"

_DISTRICT: Final = "INSERT INTO district (district_id, name, name_en) VALUES ('bench', '区', 'District')"
_ZONES: Final = """
    INSERT INTO zone (zone_id, district_id, name, name_en, area_class, revision)
    SELECT 'bench-' || n, 'bench', '路', 'Street', 'II', 1 FROM generate_series(0, CAST(:zones AS bigint) - 1) AS n
"""
_SPACES: Final = """
    INSERT INTO space (space_id, zone_id, kind, use, geometry, in_service)
    SELECT 'bench-' || n, 'bench-' || n / CAST(:size AS bigint), 'kerb', 'ordinary', '{}', true
    FROM generate_series(0, CAST(:spaces AS bigint) - 1) AS n
"""


@dataclass(frozen=True, kw_only=True)
class Street:
    """What runs, and who watches it."""

    settings: Settings
    watchers: Sequence[Watcher]
    """One device on every space, zone by zone."""
    store_pid: int
    workers: dict[str, Running]
    """By role."""
    folder: DataFolder

    @property
    def processes(self) -> Mapping[str, int]:
        """Process ids by name: the workers that run, and the live store."""
        return {**{role: worker.pid for role, worker in self.workers.items()}, STORE: self.store_pid}

    def start(self, role: str) -> None:
        """Start a worker of one role in a process of its own; the street stops it."""
        child = Child(name=role, arguments=("work", "--roles", role))
        self.workers[role] = spawn(child_program(child, self.folder, self.settings))

    async def stop(self, role: str) -> None:
        """End a worker; what follows is measured without it."""
        await self.workers.pop(role).stop()

    async def close(self) -> None:
        for role in list(self.workers):
            await self.stop(role)


@asynccontextmanager
async def open_street(spaces: int, *roles: str) -> AsyncIterator[Street]:
    """Start everything, each role in a process of its own, the engine among them, and wait until it knows every space."""
    async with AsyncExitStack() as stack:
        path = stack.enter_context(throwaway_folder())
        folder = stack.enter_context(DataFolder(path))
        own = replace(Settings.from_environment({}), data_dir=path)
        services = await stack.enter_async_context(EmbeddedServices(folder, own).running())
        settings = services.settings
        await schema.upgrade(settings.required_database_url)
        await _fill(settings.required_database_url, spaces)
        redis = await stack.enter_async_context(open_redis(settings.required_redis_url))
        store_pid = int((await redis.info("server"))["process_id"])
        street = Street(settings=settings, watchers=_watchers(spaces), store_pid=store_pid, workers={}, folder=folder)
        stack.push_async_callback(street.close)
        for role in roles:
            street.start(role)
        await _until_known(redis, spaces)
        yield street


async def _fill(database_url: str, spaces: int) -> None:
    database = Database(open_engine(database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            await session.execute(text(_DISTRICT))
            await session.execute(text(_ZONES), {"zones": -(-spaces // ZONE_SPACES)})
            await session.execute(text(_SPACES), {"spaces": spaces, "size": ZONE_SPACES})
        async with database.transaction() as session:
            await session.execute(text("ANALYZE"))
    finally:
        await database.close()


def _watchers(spaces: int) -> list[Watcher]:
    return [
        Watcher(f"bench-sensor-{number}", f"bench-{number // ZONE_SPACES}", f"bench-{number}")
        for number in range(spaces)
    ]


async def _until_known(redis: Redis, spaces: int) -> None:
    async with asyncio.timeout(KNOWN_WITHIN_S):
        while True:
            async with redis.pipeline(transaction=False) as pipeline:
                for shard in SHARDS:
                    pipeline.hlen(keys.spaces(shard))
                if sum(await pipeline.execute()) >= spaces:
                    return
            await asyncio.sleep(0.1)
