"""Puts the worker together: MQTT ingest, the occupancy engine, the relay to bus and history, device health, scheduled jobs.

Each part waits for its servers and starts again by itself; none takes the others down.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final, Literal

from api.bootstrap.camera_working import CameraWorking
from api.bootstrap.providers import Providers
from api.bootstrap.schedule import Job, Jobs, Schedule
from api.bootstrap.supervision import keep_running
from api.figures.door import DoorCollector, IngestCollector
from api.figures.engine import EngineCollector, HistoryCollector
from api.figures.lag import LagProbe
from api.figures.listener import MetricsListener
from api.figures.live_check import LiveCheck
from api.figures.process import LoopDelay, registry_of_process
from api.settings import Settings
from devices.cameras.directory import CameraDirectory
from devices.cameras.intake import CameraIntake
from devices.health.follower import HealthFollower
from devices.health.witnesses import Witnesses
from devices.ingest.figures import IngestFigures
from devices.ingest.mqtt import MqttIngest
from devices.ingest.service import IngestService
from devices.ingest.uplinks import UplinkService
from devices.inventory.directory import DeviceDirectory
from devices.inventory.model import DeviceEntry
from devices.registry import empty_voltage, installed
from parking.bus import outbox
from parking.bus.codec import fact_of
from parking.bus.connection import open_redis
from parking.bus.lease import Lease
from parking.bus.ports import Subscription
from parking.bus.redis_streams import RedisStreamsBus
from parking.bus.relay import OutboxRelay
from parking.casework.consumer import CaseOpener
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.db.watch import watch
from parking.domain.clock import Clock, utc_now
from parking.events.envelope import CloudEvent
from parking.events.place import PlaceChanged
from parking.evidence.model import RetentionRules
from parking.occupancy.checking import Checker
from parking.occupancy.checkpoint import Checkpointer
from parking.occupancy.engine import Engine
from parking.occupancy.feed import ZoneFeeder
from parking.occupancy.follower import ReadingFollower
from parking.occupancy.history import HistoryWriter
from parking.occupancy.publisher import ChangePublisher
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.rebuild import Rebuilder
from parking.occupancy.testimony import Hearing
from parking.occupancy.told_anew import OrderKeeper
from parking.plugins.catalogue import discover
from parking.plugins.desk import RestrictionDesk
from parking.plugins.host import ModuleHost
from parking.privacy.vault import PlateVault
from parking.raw.follower import RawFollower
from parking.raw.inbox import RedisInbox
from parking.raw.keeper import RawKeeper
from parking.sessions.consumer import SessionTracker
from parking.sessions.doubted import FaultTracker
from pricing.reconciliation.nightly import Nightly
from pricing.settlement.consumer import StaySettler

Role = Literal["ingest", "engine", "relay", "history", "health", "cameras", "schedule", "modules"]
ROLES: Final[tuple[Role, ...]] = (
    "ingest",
    "engine",
    "relay",
    "history",
    "health",
    "cameras",
    "schedule",
    "modules",
)
ASKING_FOR_DEVICES: Final[frozenset[Role]] = frozenset({"ingest", "health", "cameras"})
INVENTORY_CONSUMER: Final = "occupancy-inventory"
REGISTRY_CHANNEL: Final = "parking_registry"
MQTT_LEASE: Final = "ingest:mqtt:lease"
MQTT_LEASE_S: Final = 10.0
POOL_SIZE: Final = 8

_log = logging.getLogger(__name__)
Part = tuple[str, Callable[[], Awaitable[None]]]


class Working:
    """The parts of one worker process. Making it connects to nothing; `run` opens and closes everything.

    Raises `SettingMissingError` for an address that a role needs and nobody has set.
    """

    def __init__(self, settings: Settings, roles: Collection[str], clock: Clock = utc_now) -> None:
        self._settings = settings
        self._roles = roles
        self._clock = clock
        self._database_url = settings.required_database_url
        self._database = Database(open_engine(self._database_url, pool_size=POOL_SIZE), settings.calendars())
        self._redis = open_redis(settings.required_redis_url, replicas=settings.replicas)
        self._providers = Providers(settings, self._database, clock)
        self._bus = RedisStreamsBus(self._redis, clock=clock)
        self._inbox = RedisInbox(self._redis)
        self._followed = self._inbox.watch.followed
        self._taken_in = IngestFigures()
        self._devices = DeviceDirectory(self._database)
        """One for all parts that ask for devices: that of a large city takes much memory, and long to read."""
        self._refreshed: list[Callable[[], Awaitable[None]]] = []
        """What is read anew after it."""
        delay = LoopDelay()
        self.registry = registry_of_process(delay)
        lag = LagProbe(self._redis, self._database, self._inbox, clock)
        for collector in (DoorCollector(self._inbox), IngestCollector(self._taken_in), lag):
            self.registry.register(collector)
        makers: dict[str, Callable[[], list[Part]]] = {
            "ingest": self._ingest,
            "engine": self._engine,
            "relay": self._relay,
            "history": self._history,
            "health": self._health,
            "cameras": self._cameras,
            "schedule": self._schedule,
            "modules": self._modules,
        }
        self._parts: list[Part] = [
            ("the watch of the live store", self._inbox.watch.run),
            ("the delay of the event loop", delay.run),
            ("the figures of lag", lag.run),
            *([("the device directory", self._follow_registry)] if ASKING_FOR_DEVICES & set(roles) else []),
            *(part for role in ROLES if role in roles for part in makers[role]()),
        ]
        self.listener: MetricsListener | None = None
        if settings.metrics_port is not None:
            self.listener = MetricsListener(self.registry, settings.host, settings.metrics_port)
            self._parts.append(("the figures for Prometheus", self.listener.run))

    async def run(self) -> None:
        """Until cancelled."""
        async with AsyncExitStack() as stack:
            stack.callback(_log.info, "worker has stopped")
            stack.push_async_callback(self._database.close)
            stack.push_async_callback(self._redis.aclose)
            stack.push_async_callback(self._providers.close)
            _log.info("worker runs: %s", ", ".join(role for role in ROLES if role in self._roles))
            async with asyncio.TaskGroup() as tasks:
                for name, part in self._parts:
                    tasks.create_task(keep_running(name, part))

    async def _follow_registry(self) -> None:
        await watch(self._database_url, REGISTRY_CHANNEL, self._refresh)

    async def _refresh(self) -> None:
        await self._devices.refresh()
        for refresh in self._refreshed:
            await refresh()

    def _ingest(self) -> list[Part]:
        directory = self._devices
        ingest = IngestService(directory, self._inbox, self._clock, self._taken_in, self._followed)
        uplinks = UplinkService(directory, ingest, installed(), self._clock)
        cameras = CameraDirectory(self._database, directory)
        vault = PlateVault.from_setting(self._settings.plate_key)
        seen = CameraIntake(self._database, cameras, directory, ingest, installed(), vault, self._clock)
        mqtt = MqttIngest(self._settings.required_mqtt_url, uplinks, ingest, seen)
        self._refreshed.append(cameras.refresh)
        # The broker keeps one session for all workers, so one of them has it.
        session = Lease(self._redis, MQTT_LEASE, lease_s=MQTT_LEASE_S)
        return [("MQTT ingest", lambda: session.lead(mqtt.run))]

    def _engine(self) -> list[Part]:
        feeder = ZoneFeeder(self._redis, self._database, RedisReadingStream(self._redis), clock=self._clock)

        async def define(event: CloudEvent) -> None:
            fact = fact_of(event)
            if isinstance(fact, PlaceChanged):
                await feeder.reconcile([fact.zone_id])

        rebuild = Rebuilder(self._redis, self._database, clock=self._clock)
        subscription = Subscription(consumer=INVENTORY_CONSUMER, types=frozenset({PlaceChanged.TYPE}), handler=define)
        engine = Engine(self._redis, clock=self._clock, rebuild=rebuild, followed=self._followed)
        self.registry.register(EngineCollector(engine))
        return [
            ("the occupancy engine", engine.run),
            ("the zone feeder", feeder.run),
            ("the subscription to inventory changes", lambda: self._bus.run(subscription)),
        ]

    def _relay(self) -> list[Part]:
        relay = OutboxRelay(self._database, self._bus)

        async def follow_outbox() -> None:
            await watch(self._database_url, outbox.CHANNEL, relay.wake)

        sessions = SessionTracker(self._database, self._clock, followed=self._followed).subscription
        faults = FaultTracker(self._database).subscription
        order = OrderKeeper(self._database, RedisReadingStream(self._redis), self._clock).subscription
        testimony = Hearing(RedisReadingStream(self._redis), self._clock).subscription
        bills = StaySettler(self._database, self._clock).subscription
        cases = CaseOpener(self._database, self._clock).subscription
        desk = RestrictionDesk(self._database, self._clock).subscription
        return [
            ("the outbox relay", relay.run),
            ("the outbox watch", follow_outbox),
            ("the change publisher", ChangePublisher(self._redis, self._bus, followed=self._followed).run),
            *([] if "history" in self._roles else self._history()),
            ("the checkpoints of the live store", Checkpointer(self._redis, self._database, clock=self._clock).run),
            ("the keeper of raw messages", RawKeeper(self._redis, self._database, clock=self._clock).run),
            ("the stays from evidence", lambda: self._bus.run(sessions)),
            ("the stays of faulty devices", lambda: self._bus.run(faults)),
            ("the order of evidence", lambda: self._bus.run(order)),
            ("the testimony of people", lambda: self._bus.run(testimony)),
            ("the fees and bills of ended stays", lambda: self._bus.run(bills)),
            ("the cases of contradictions", lambda: self._bus.run(cases)),
            ("the desk for restrictions", lambda: self._bus.run(desk)),
        ]

    def _history(self) -> list[Part]:
        """The history writer, which the relay has as well: as a role by itself it has a processor core for itself."""
        history = HistoryWriter(self._redis, self._database, clock=self._clock, followed=self._followed)
        self.registry.register(HistoryCollector(history.figures))
        return [("the history writer", history.run)]

    def _health(self) -> list[Part]:
        def empty_v(entry: DeviceEntry) -> float | None:
            return empty_voltage(entry.device.vendor, entry.device.model)

        follower = HealthFollower(
            self._database,
            self._devices,
            ReadingFollower(self._redis),
            RawFollower(self._redis),
            RedisReadingStream(self._redis),
            self._clock,
            empty_v=empty_v,
        )
        witnesses = Witnesses(self._database).subscription
        return [
            ("the health of devices", follower.run),
            ("the witnesses of devices", lambda: self._bus.run(witnesses)),
        ]

    def _cameras(self) -> list[Part]:
        """Parts that look through cameras; the streams of those that are pulled are watched by one worker."""
        working = CameraWorking(
            self._settings,
            self._database,
            self._redis,
            self._clock,
            devices=self._devices,
            inbox=self._inbox,
            figures=self._taken_in,
        )
        self._refreshed.append(working.refresh)
        return working.parts()

    def _schedule(self) -> list[Part]:
        kept = self._settings.movement_kept
        rules = RetentionRules(picture=self._settings.pictures_kept, document=kept)
        jobs = Jobs(
            self._database,
            self._redis,
            self._clock,
            movement_kept=kept,
            evidence_rules=rules,
            unheard_after=self._settings.unheard_after,
            raw_kept=self._settings.raw_kept,
            history_kept=self._settings.history_kept,
        )
        polling = Job(name="poll_providers", every=timedelta(minutes=1), action=self._providers.desk.poll)
        nightly = Nightly(self._database, self._providers.desk, self._clock)
        reconciling = Job(name="reconcile_days", every=timedelta(minutes=10), action=nightly.run)
        live_check = LiveCheck(Checker(self._redis, self._database, RedisReadingStream(self._redis), clock=self._clock))
        checking = Job(name="check_live_store", every=timedelta(hours=1), action=live_check.run)
        self.registry.register(live_check)
        schedule = Schedule(self._database, (*jobs.all(), polling, reconciling, checking), self._clock)
        self.registry.register(schedule.figures)
        return [("the schedule", schedule.run)]

    def _modules(self) -> list[Part]:
        host = ModuleHost(self._database_url, self._database, self._bus, self._clock, discover())
        return [("the host of city modules", host.run)]
