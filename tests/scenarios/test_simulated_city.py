"""The simulated sensors, over memory transports, through the real door, stream and engine: what is shown is the truth."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec
from redis.asyncio import Redis

from devices.ingest.decoding import decode_batch
from devices.ingest.mqtt import MqttIngest
from devices.ingest.service import IngestService
from devices.ingest.speaker import TrustedSpeaker
from devices.ingest.uplinks import UplinkService
from devices.inventory.directory import DeviceDirectory
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from devices.simulation.city import City
from devices.simulation.faults import NONE
from devices.simulation.parcels import READINGS_PATH
from devices.simulation.runner import Runner
from devices.simulation.sender import WireSender
from devices.simulation.sites import sites_of
from devices.transport.memory import MemoryBroker, MemoryPoster
from devices.transport.ports import Answer
from parking.db.unit_of_work import Database
from parking.occupancy.engine import Engine
from parking.occupancy.feed import ZoneFeeder
from parking.occupancy.live_reader import LiveReader
from parking.occupancy.model import SpaceState
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shards import SHARDS
from parking.places.generator import generate
from parking.places.repository import load_catalogue
from parking.places.service import import_collection
from parking.raw.inbox import RedisInbox
from tests.scenarios.platform import until

START = 1_784_000_000.0
SPACES = 400
SEED = 12


class Scene:
    """A clock that the test turns, and everything that goes by it."""

    def __init__(self, database: Database, redis: Redis) -> None:
        self.now = START
        self.directory = DeviceDirectory(database)
        self.ingest = IngestService(self.directory, RedisInbox(redis), self.clock)
        self.uplinks = UplinkService(self.directory, self.ingest, installed(), self.clock)
        self.broker = MemoryBroker()
        self.reader = LiveReader(redis)
        self.engine = Engine(redis, clock=self.clock)
        self.feeder = ZoneFeeder(redis, database, RedisReadingStream(redis), clock=self.clock)

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    async def answer(self, path: str, body: bytes) -> Answer:
        if path == READINGS_PATH:
            report = await self.ingest.accept(decode_batch(body), TrustedSpeaker())
        else:
            report = await self.uplinks.accept(path.rsplit("/", 1)[1], body, TrustedSpeaker())
        return Answer(202, msgspec.json.encode(report))

    async def spaces(self) -> dict[str, SpaceState]:
        snapshots = [await self.reader.snapshot(shard) for shard in SHARDS]
        return {space: state for snapshot in snapshots for space, state in snapshot.spaces.items()}


async def _furnish(database: Database, scene: Scene) -> City:
    async with database.transaction() as session:
        await import_collection(session, generate(SPACES, SEED), at=scene.clock())
    async with database.transaction() as session:
        sites = sites_of(await load_catalogue(session))
    city = City(sites, seed=SEED, start=START + 1, speed=30, faults=NONE)
    wishes = [
        NewDevice(
            device_id=device.device_id,
            vendor=device.make.vendor,
            model=device.make.model,
            version=device.make.version,
            heartbeat_s=device.heartbeat_s,
            space_id=device.space_id,
            wire_id=device.wire_id,
        )
        for device in city.devices
    ]
    async with database.transaction() as session:
        report = await DeviceService(installed(), scene.clock).register_many(session, wishes)
        assert (report.registered, report.errors) == (len(city.devices), ())
    await scene.directory.refresh()
    return city


async def test_shown_state_is_the_truth_when_sensors_are_sound(database: Database, redis: Redis) -> None:
    scene = Scene(database, redis)
    city = await _furnish(database, scene)
    sender = WireSender(MemoryPoster(scene.answer), scene.broker)
    runner = Runner(city, sender, now=lambda: scene.now)
    await scene.feeder.reconcile()

    async def everywhere() -> bool:
        return len(await scene.spaces()) == len(city.truth)

    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(scene.engine.run()),
            group.create_task(MqttIngest("memory", scene.uplinks, scene.ingest).consume(scene.broker)),
            group.create_task(_drained(runner)),
        ]
        await until(everywhere, "the engine does not know the spaces")
        for second in range(0, 1801, 20):
            scene.now = START + second
            await runner.advance()
            await runner.delivered()
        await _compare(scene, city)
        for task in tasks:
            task.cancel()
    assert sender.rejected == 0


async def _drained(runner: Runner) -> None:
    """The lanes of the runner, without its own pace: the test turns the clock."""
    async with asyncio.TaskGroup() as group:
        for lane in runner._lanes:
            group.create_task(runner._drain(lane))


async def _compare(scene: Scene, city: City) -> None:
    """Every sound device's space shows the truth; dead, fallen silent and missing ones are unknown."""
    health = {device.space_id: device.health for device in city.devices}
    expected = {
        space: ("occupied" if occupied else "free") if health.get(space) == "sound" else "unknown"
        for space, occupied in city.truth.items()
    }
    assert len(set(health.values())) == 3

    async def agrees() -> bool:
        shown = await scene.spaces()
        return {space: state.belief for space, state in shown.items()} == expected

    await _settled(scene, agrees, expected)


async def _settled(scene: Scene, agrees: Callable[[], Awaitable[bool]], expected: dict[str, str]) -> None:
    try:
        await until(agrees, "what is shown differs", within_s=60)
    except AssertionError:
        shown = {space: state.belief for space, state in (await scene.spaces()).items()}
        differing = {
            space: (shown.get(space), belief) for space, belief in expected.items() if shown.get(space) != belief
        }
        raise AssertionError(f"shown and true: {differing}") from None
