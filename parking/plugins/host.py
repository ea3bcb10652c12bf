"""Runs the city modules that are switched on, each with its own place on the bus.

A module that fails, hangs or is killed delays nobody but itself, and nothing that the platform does for a driver waits
for one. The host belongs into a process of its own, so that one that burns time burns its own.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from parking.bus.codec import fact_of
from parking.bus.ports import EventBus, Subscription
from parking.db.unit_of_work import Database
from parking.db.watch import watch
from parking.domain.clock import Clock
from parking.domain.errors import ParkingError
from parking.events.envelope import CloudEvent, wrap
from parking.events.fact import Fact
from parking.plugins import repository, service
from parking.plugins.catalogue import CityModule
from parking.plugins.sdk import F, Handler, Manifest, ModuleForbiddenError, Settings

HANDLER_TIMEOUT_S: Final = 30.0
STOP_WITHIN_S: Final = 5.0
BACKOFF_S: Final = (0.5, 1.0, 2.0, 5.0, 15.0)
"""Waits before a module that failed is set up again; the last one repeats."""

_log = logging.getLogger(__name__)


def consumer_of(name: str) -> str:
    return f"module-{name}"


def source_of(name: str) -> str:
    """The source of a module's events."""
    return f"city.{name}"


class ModuleSlowError(ParkingError):
    """A module did not finish with an event in its time: the event's affair, not that of a server that is away."""

    code = "module_slow"


class EventOccasion:
    """One event as it is handed to a module; ids of answers follow from the event's own."""

    def __init__(self, event: CloudEvent, manifest: Manifest, bus: EventBus, clock: Clock) -> None:
        self._event = event
        self._manifest = manifest
        self._bus = bus
        self._clock = clock
        self._said = 0

    @property
    def at(self) -> datetime:
        return self._event.time

    async def publish(self, *facts: Fact) -> None:
        await self._bus.publish([self._wrapped(fact) for fact in facts])

    def _wrapped(self, fact: Fact) -> CloudEvent:
        name = self._manifest.name
        if type(fact) not in self._manifest.writes:
            raise ModuleForbiddenError(f"{name} may not publish {fact.TYPE}")
        if getattr(fact, "requester", name) != name:
            raise ModuleForbiddenError(f"{name} may not speak for another requester")
        self._said += 1
        return wrap(
            fact,
            event_id=f"{self._event.source}/{self._event.id}/{self._said}",
            source=source_of(name),
            time=self._clock(),
            causation_id=self._event.id,
            correlation_id=self._event.correlationid,
        )


class ModuleContext:
    """What one life of a module is given."""

    def __init__(self, manifest: Manifest, settings: Settings, bus: EventBus, clock: Clock) -> None:
        self._manifest = manifest
        self._bus = bus
        self._handlers: dict[type[Fact], Handler[Any]] = {}
        self.settings = settings
        self.clock = clock

    def subscribe(self, kind: type[F], handler: Handler[F]) -> None:
        if kind not in self._manifest.reads:
            raise ModuleForbiddenError(f"{self._manifest.name} may not read {kind.TYPE}")
        self._handlers[kind] = handler

    @property
    def subscription(self) -> Subscription:
        types = frozenset(kind.TYPE for kind in self._handlers)
        return Subscription(consumer=consumer_of(self._manifest.name), types=types, handler=self._handle)

    async def _handle(self, event: CloudEvent) -> None:
        fact = fact_of(event)
        occasion = EventOccasion(event, self._manifest, self._bus, self.clock)
        try:
            async with asyncio.timeout(HANDLER_TIMEOUT_S):
                await self._handlers[type(fact)](fact, occasion)
        except TimeoutError as error:
            raise ModuleSlowError(f"{self._manifest.name} took more than {HANDLER_TIMEOUT_S:g} s") from error


class ModuleHost:
    """Follows the switches in the database without a restart of anything."""

    def __init__(
        self, database_url: str, database: Database, bus: EventBus, clock: Clock, modules: Sequence[CityModule]
    ) -> None:
        self._database_url = database_url
        self._database = database
        self._bus = bus
        self._clock = clock
        self._modules = {module.name: module for module in modules}
        self._lives: dict[str, tuple[Mapping[str, Any], asyncio.Task[None]]] = {}

    @property
    def running(self) -> frozenset[str]:
        """The modules that this host runs now."""
        return frozenset(self._lives)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:

                async def refresh() -> None:
                    await self._refresh(group)

                await watch(self._database_url, repository.CHANNEL, refresh)
        finally:
            self._lives.clear()

    async def _refresh(self, group: asyncio.TaskGroup) -> None:
        wanted = await self._wanted()
        for name, (config, _) in list(self._lives.items()):
            if wanted.get(name) != config:
                await self._stop(name)
        for name, config in wanted.items():
            if name not in self._lives:
                task = group.create_task(self._live(self._modules[name], config), name=f"module-{name}")
                self._lives[name] = (config, task)
                _log.info("module %s runs", name)

    async def _wanted(self) -> dict[str, Mapping[str, Any]]:
        """Modules that are on, with their settings; one that is no longer installed gives its spaces back."""
        async with self._database.transaction() as session:
            found = await service.standings(session, list(self._modules.values()), self._clock())
            for standing in found:
                if standing.enabled and standing.manifest is None:
                    _log.warning("module %s is no longer installed and is switched off", standing.name)
                    await service.disable(session, standing.name, at=self._clock())
        return {item.name: item.config for item in found if item.enabled and item.manifest is not None}

    async def _stop(self, name: str) -> None:
        _, task = self._lives.pop(name)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=STOP_WITHIN_S)
        _log.info("module %s %s", name, "has stopped" if done else "does not stop and is left behind")

    async def _live(self, module: CityModule, config: Mapping[str, Any]) -> None:
        """Set up and listen, again and again; whatever a module raises stays here."""
        failures = 0
        while True:
            try:
                settings = service.read_settings(module.manifest, config)
                context = ModuleContext(module.manifest, settings, self._bus, self._clock)
                module.setup(context)
                await self._bus.run(context.subscription)
            except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything
                if failures == 0:
                    _log.warning("module %s fails, trying on: %s", module.name, error, exc_info=True)
            await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
            failures += 1
