"""Puts the HTTP process together: clients, read model, doors, and the tasks that keep the read model up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from api.attendant.service import Kerb
from api.auth.directory import KeyDirectory
from api.auth.repository import REGISTRY_CHANNEL
from api.auth.terminals import TerminalGate
from api.bootstrap.providers import Providers
from api.bootstrap.readiness import Readiness
from api.bootstrap.supervision import keep_running
from api.cameras.gate import CameraGate
from api.container import Container
from api.enforcement.model import CheckRules
from api.enforcement.service import CheckDesk
from api.figures.door import DoorCollector, IngestCollector
from api.figures.process import LoopDelay, registry_of_process
from api.gates.desk import GateDesk
from api.ingest.door import IngestDoor
from api.metrics import HttpMetrics
from api.operator.fault_gauges import FaultGauges
from api.operator.verdict_gauges import VerdictGauges
from api.public.bill_documents import SpaceBills
from api.public.feed import HourFeed, InventoryFeed, PriceFeed, ReadModelFeed, ReportFeed
from api.public.gauges import ReadModelGauges
from api.public.proofs import StayProofs
from api.public.quotes import QuoteDesk
from api.public.read_model import ReadModel
from api.settings import Settings
from api.terminals.desk import TerminalDesk
from devices.cameras.directory import CameraDirectory
from devices.cameras.intake import CameraIntake
from devices.health.repository import FAULTS_CHANNEL
from devices.ingest.service import IngestService
from devices.ingest.uplinks import UplinkService
from devices.inventory.directory import DeviceDirectory
from devices.inventory.sealing import DeviceSafe
from devices.registry import installed
from parking.bus.connection import open_redis
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.db.watch import watch
from parking.domain.clock import Clock, to_micros, utc_now
from parking.evidence.service import EvidenceStore
from parking.gates.repository import CHANNEL as REPORTS_CHANNEL
from parking.handovers.service import HandoverDesk
from parking.handovers.signing import SigningKey
from parking.occupancy.live_reader import LiveReader
from parking.privacy.vault import PlateVault
from parking.raw.inbox import RedisInbox
from pricing.proposals.checks import CHECKS_CHANNEL
from pricing.settlement.notices import ProviderNotices

POOL_SIZE: Final = 16
"""Payments side by side; one that waits for a connection waits behind the slowest, which shows in the longest waits."""


class Serving:
    """The parts of one HTTP process. Making it connects to nothing; `run` opens and closes everything."""

    def __init__(self, settings: Settings, clock: Clock = utc_now) -> None:
        self.clock = clock
        self.calendars = settings.calendars()
        self._database_url = settings.required_database_url
        self._database = Database(open_engine(self._database_url, pool_size=POOL_SIZE), self.calendars)
        self._redis = open_redis(settings.required_redis_url, replicas=settings.replicas)
        self.keys = KeyDirectory()
        self.model = ReadModel(now_us=lambda: to_micros(clock()))
        self.plates = PlateVault.from_setting(settings.plate_key)
        self._evidence = EvidenceStore(self.plates)
        self._handovers = HandoverDesk(self._evidence, self.plates, SigningKey(settings.secret_key))
        self._device_safe = DeviceSafe(settings.secret_key)
        self._kerb = Kerb(self.plates)
        self._proofs = StayProofs(settings.secret_key)
        rules = CheckRules(grace=settings.check_grace, look_back=settings.check_look_back)
        self._checks = CheckDesk(self._database, self.plates, clock, rules)
        self.quotes = QuoteDesk(settings.secret_key)
        self.terminals = TerminalDesk(self.plates, clock)
        self._gates = GateDesk(self._database, self.plates, clock)
        self._gate = TerminalGate(self._database, settings.secret_key, clock)
        self.notices = ProviderNotices(settings.secret_key, "test")
        self._providers = Providers(settings, self._database, clock)
        self._bills = SpaceBills(self.plates, self._proofs, self._providers.desk, test_provider=settings.test_provider)
        self._delay = LoopDelay()
        self.metrics = HttpMetrics(registry_of_process(self._delay))
        self.metrics.registry.register(ReadModelGauges(self.model))
        self._faults = FaultGauges(self._database)
        self.metrics.registry.register(self._faults)
        self._verdicts = VerdictGauges(self._database)
        self.metrics.registry.register(self._verdicts)
        self._devices = DeviceDirectory(self._database)
        inbox = RedisInbox(self._redis)
        self._watch = inbox.watch
        ingest = IngestService(self._devices, inbox, clock, followed=inbox.watch.followed)
        for collector in (DoorCollector(inbox), IngestCollector(ingest.figures)):
            self.metrics.registry.register(collector)
        uplinks = UplinkService(self._devices, ingest, installed(), clock)
        self.door = IngestDoor(self.keys, ingest, uplinks, installed(), self._device_safe, self.metrics)
        self._cameras = CameraDirectory(self._database, self._devices)
        self._camera_gate = CameraGate(self.keys, self._cameras, settings.secret_key, clock)
        self._camera_intake = CameraIntake(
            self._database, self._cameras, self._devices, ingest, installed(), self.plates, clock
        )
        self.readiness = Readiness(self._database, self.keys, self._devices, self.model, self._watch)
        self._inventory = InventoryFeed(self.model, self._database)
        self._prices = PriceFeed(self.model, self._database)
        self.reports = ReportFeed(self.model, self._database)
        self._hours = HourFeed(self.model, self._database)
        self._live = LiveReader(self._redis)
        self._feed = ReadModelFeed(self.model, self._live)

    @property
    def container(self) -> Container:
        """What routes may ask for."""
        container = Container()
        for part in (
            self._database,
            self.calendars,
            self.keys,
            self.terminals,
            self._gate,
            self._gates,
            self.notices,
            self._providers.desk,
            self.model,
            self._live,
            self.metrics,
            self.door,
            self._camera_gate,
            self._camera_intake,
            self.readiness,
            self.plates,
            self._evidence,
            self._handovers,
            self._device_safe,
            self._kerb,
            self._proofs,
            self._bills,
            self._checks,
            self.quotes,
        ):
            container.provide(part)
        return container

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Keep the parts up while the block runs. It is entered at once, whatever is down."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._database.close)
            stack.push_async_callback(self._redis.aclose)
            stack.push_async_callback(self._providers.close)
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(keep_running("the registry watch", self._watch_registry)),
                    group.create_task(keep_running("the facilities' reports", self._watch_reports)),
                    group.create_task(keep_running("the count of device faults", self._watch_faults)),
                    group.create_task(keep_running("the verdicts on prices", self._watch_verdicts)),
                    group.create_task(keep_running("the change feed", self._feed.follow)),
                    group.create_task(keep_running("the engines' pulse", self._feed.listen)),
                    group.create_task(keep_running("the confirmation of spaces", self._feed.confirm)),
                    group.create_task(keep_running("the change of prices", self._prices.follow)),
                    group.create_task(keep_running("the usual hours", self._hours.follow)),
                    group.create_task(keep_running("the watch of the live store", self._watch.run)),
                    group.create_task(keep_running("the delay of the event loop", self._delay.run)),
                ]
                try:
                    yield
                finally:
                    for task in tasks:
                        task.cancel()

    async def _watch_registry(self) -> None:
        await watch(self._database_url, REGISTRY_CHANNEL, self._refresh)

    async def _watch_reports(self) -> None:
        await watch(self._database_url, REPORTS_CHANNEL, self.reports.refresh)

    async def _watch_faults(self) -> None:
        await watch(self._database_url, FAULTS_CHANNEL, self._faults.refresh)

    async def _watch_verdicts(self) -> None:
        await watch(self._database_url, CHECKS_CHANNEL, self._verdicts.refresh)

    async def _refresh(self) -> None:
        """Keys first: a revoked key must not wait for a large inventory."""
        await self.keys.load(self._database)
        await self._devices.refresh()
        await self._cameras.refresh()
        await self._inventory.refresh()
        await self._prices.refresh()
