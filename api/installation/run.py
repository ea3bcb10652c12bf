"""Runs an installation until it is told to stop: servers, schema, preparation, then the processes.

`parking up` runs it as it is; `parking demo` adds a preparation and the simulated sensors.
"""

import asyncio
import json
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from api import schema
from api.embedded.folder import DataFolder, port_is_free, write_private
from api.embedded.services import EmbeddedServices
from api.installation.children import Child, kept, stop_orphan_children
from api.installation.readiness import until_ready
from api.settings import ADDRESSES, Settings
from parking.domain.errors import ConflictError

ENGINE_FIGURES: Final = "engine_metrics_port"
PROCESSES: Final = (
    Child(name="serve", arguments=("serve",)),
    Child(name="engine", arguments=("work", "--roles", "ingest,engine"), figures_port=ENGINE_FIGURES),
    Child(name="work", arguments=("work", "--roles", "relay,health,cameras,schedule")),
)
"""A reading is on the map when the first two have had it: whatever history, stays and money are busy with comes after."""
RELIEF: Final = ("work", "--roles", "ingest,engine,relay", "--metrics-port", "0")
"""Of every further worker: it takes its share of the shards, and all of them and the broker's session when the others are gone."""
MODULES: Final = Child(name="modules", arguments=("work", "--roles", "modules", "--metrics-port", "0"))
"""A process of its own, so that a city module that burns time burns nobody else's; readiness does not wait for it."""

_log = logging.getLogger(__name__)


class PortInUseError(ConflictError):
    """Another program listens on the port of the HTTP process."""

    code = "port_in_use"


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A running installation: every address filled in, the data folder owned."""

    settings: Settings
    device_mqtt_url: str | None
    engine_metrics_port: int
    folder: Path


Prepare = Callable[[Installation], Awaitable[Sequence[Child]]]
Announce = Callable[[Installation], None]


async def no_preparation(_installation: Installation) -> Sequence[Child]:
    return ()


async def run_installation(
    settings: Settings, *, announce: Announce, prepare: Prepare = no_preparation, workers: int = 1
) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP, then stop everything in order. Call it in the main thread.

    `prepare` runs once, after the schema is in place (before any process starts when the schema is new, beside their
    start when it is not), and returns further processes; they are stopped first. `announce` is called when `/readyz` first answers 200. Raises `ParkingError`s that say what is wrong.
    """
    _cancel_on_signals()
    try:
        async with AsyncExitStack() as stack:
            await _start(stack, settings, prepare, announce, workers)
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        _log.info("stopped")


async def _start(stack: AsyncExitStack, settings: Settings, prepare: Prepare, announce: Announce, workers: int) -> None:
    folder = stack.enter_context(DataFolder(settings.data_dir))
    await stop_orphan_children(folder)
    if not port_is_free(settings.port, settings.host):
        raise PortInUseError(f"port {settings.port} is taken by another program; choose another with --port")
    services = await stack.enter_async_context(EmbeddedServices(folder, settings).running())
    complete = _with_secrets(services.settings, folder)
    complete = replace(complete, metrics_port=complete.metrics_port or folder.port("metrics_port"))
    first_start = await schema.upgrade(complete.required_database_url)
    installation = Installation(
        settings=complete,
        device_mqtt_url=services.device_mqtt_url,
        engine_metrics_port=folder.port(ENGINE_FIGURES),
        folder=folder.path,
    )
    stack.callback((folder.path / ADDRESSES).unlink, missing_ok=True)
    _write_addresses(installation)
    # At the first start nobody sees what is half prepared; later there is little to prepare, and loading takes longest.
    further = await prepare(installation) if first_start else ()
    # The stack stops in the opposite order: what speaks first, then the worker, the door, and the servers.
    for child in PROCESSES:
        await stack.enter_async_context(kept(child, folder, complete))
    if not first_start:
        further = await prepare(installation)
    await until_ready(complete.api_url)
    announce(installation)
    relief = [_relief(number, folder) for number in range(2, workers + 1)]
    for child in (*relief, MODULES, *further):
        await stack.enter_async_context(kept(child, folder, complete))


def _relief(number: int, folder: DataFolder) -> Child:
    """A further worker, which tells its figures at a port of its own."""
    name = f"work-{number}"
    port = str(folder.port(f"metrics_port_{number}"))
    return Child(name=name, arguments=(*RELIEF, "--metrics-port", port))


def _with_secrets(settings: Settings, folder: DataFolder) -> Settings:
    """Secrets that nobody set are made once and kept: what was signed or sealed stays readable over restarts."""
    return replace(
        settings,
        secret_key=settings.secret_key or folder.secret("secret_key"),
        plate_key=settings.plate_key or folder.secret("plate_key"),
    )


def _write_addresses(installation: Installation) -> None:
    settings = installation.settings
    addresses = {
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
        "mqtt_url": settings.mqtt_url,
        "device_mqtt_url": installation.device_mqtt_url,
        "host": settings.host,
        "port": settings.port,
        "metrics_port": settings.metrics_port,
        "engine_metrics_port": installation.engine_metrics_port,
        "secret_key": settings.secret_key,
        "plate_key": settings.plate_key,
    }
    write_private(installation.folder / ADDRESSES, json.dumps(addresses, indent=2))


def _cancel_on_signals() -> None:
    """The first signal stops the run; later ones do not disturb the orderly end."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()

    def stop() -> None:
        for number in signals:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
        if task is not None:
            task.cancel()

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        loop.add_signal_handler(number, stop)
