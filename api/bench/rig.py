"""A whole installation for one measurement, in a folder that is thrown away: servers, city, devices, processes."""

import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from api import schema
from api.auth.service import create_key
from api.bench.readings import Watcher
from api.embedded.folder import OTHERS_MAY_ENTER, DataFolder, free_port
from api.embedded.postgres import PostgresServer
from api.embedded.services import EmbeddedServices
from api.installation.children import kept
from api.installation.readiness import until_ready
from api.installation.run import PROCESSES
from api.settings import Settings
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.places.generator import generate
from parking.places.repository import load_catalogue
from parking.places.service import import_collection

SEED: Final = 1
HEARTBEAT_S: Final = 3600


@dataclass(frozen=True, kw_only=True)
class Rig:
    """What runs, and what is needed to speak to it."""

    settings: Settings
    key: str
    """Speaks for every device."""
    watchers: tuple[Watcher, ...]
    """One device on every space, spread over the zones: neighbours in the list stand in different zones."""


@asynccontextmanager
async def open_rig(spaces: int) -> AsyncIterator[Rig]:
    """Start everything with a generated city of `spaces`, and stop it on leaving."""
    async with AsyncExitStack() as stack:
        path = stack.enter_context(throwaway_folder())
        folder = stack.enter_context(DataFolder(path))
        own = replace(Settings.from_environment({}), data_dir=path, port=free_port())
        services = await stack.enter_async_context(EmbeddedServices(folder, own).running())
        settings = services.settings
        await schema.upgrade(settings.required_database_url)
        key, watchers = await _fill(settings, spaces)
        for child in PROCESSES:
            await stack.enter_async_context(kept(child, folder, settings))
        await until_ready(settings.api_url)
        yield Rig(settings=settings, key=key, watchers=watchers)


@asynccontextmanager
async def throwaway_database(*, pool_size: int) -> AsyncIterator[tuple[Database, str]]:
    """A PostgreSQL of its own with the newest schema and nothing in it, and its address."""
    with throwaway_folder() as path, DataFolder(path) as folder:
        server = PostgresServer(folder)
        await server.start()
        try:
            await schema.upgrade(server.url)
            database = Database(open_engine(server.url, pool_size=pool_size))
            try:
                yield database, server.url
            finally:
                await database.close()
        finally:
            await server.stop()


@contextmanager
def throwaway_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="parking-bench-") as name:
        # PostgreSQL runs as another user when we are root.
        Path(name).chmod(OTHERS_MAY_ENTER)
        yield Path(name)


async def _fill(settings: Settings, spaces: int) -> tuple[str, tuple[Watcher, ...]]:
    database = Database(open_engine(settings.required_database_url, pool_size=1))
    try:
        async with database.transaction() as session:
            await import_collection(session, generate(spaces, SEED), at=utc_now())
        async with database.transaction() as session:
            watchers = _spread(await _watchers(session))
        async with database.transaction() as session:
            wishes = [_wish(watcher) for watcher in watchers]
            await DeviceService(installed(), utc_now).register_many(session, wishes)
            _, key = await create_key(session, utc_now, role="sensor", name="bench")
    finally:
        await database.close()
    return key, watchers


async def _watchers(session: AsyncSession) -> list[list[Watcher]]:
    catalogue = await load_catalogue(session)
    return [
        [Watcher(f"bench-{space_id}", zone_id, space_id) for space_id in zone.space_ids]
        for zone_id, zone in catalogue.zones.items()
    ]


def _spread(by_zone: Iterable[list[Watcher]]) -> tuple[Watcher, ...]:
    """First the first device of every zone, then the second of every zone, and so on."""
    ranked = [(rank, watcher) for zone in by_zone for rank, watcher in enumerate(zone)]
    return tuple(watcher for _, watcher in sorted(ranked))


def _wish(watcher: Watcher) -> NewDevice:
    return NewDevice(
        device_id=watcher.device_id,
        vendor="Generic",
        model="JSON",
        heartbeat_s=HEARTBEAT_S,
        space_id=watcher.space_id,
    )
