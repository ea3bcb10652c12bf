"""Taking in again what was kept rebuilds the same states and doubles nothing, through the real engine and history."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from click.testing import CliRunner
from redis.asyncio import Redis
from sqlalchemy import text

from api.bootstrap.replaying import open_replay
from api.cli.raw import command
from api.settings import DATABASE_URL, REDIS_URL, Settings
from devices.ingest.decoding import decode_batch
from devices.ingest.mqtt import MqttIngest
from devices.ingest.replay import Tally
from devices.ingest.service import IngestService
from devices.ingest.speaker import TrustedSpeaker
from devices.ingest.uplinks import UplinkService
from devices.inventory.directory import DeviceDirectory
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from devices.simulation.city import City
from devices.simulation.faults import Faults
from devices.simulation.parcels import READINGS_PATH, Parcel, pack
from devices.simulation.sites import sites_of
from devices.transport.memory import MemoryBroker
from parking.db.unit_of_work import Database
from parking.occupancy.engine import Engine
from parking.occupancy.feed import ZoneFeeder
from parking.occupancy.history import HistoryWriter
from parking.occupancy.live_reader import LiveReader
from parking.occupancy.model import SpaceState, ZoneCounts
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shards import SHARDS
from parking.places.generator import generate
from parking.places.repository import load_catalogue
from parking.places.service import import_collection
from parking.raw import repository
from parking.raw.inbox import RedisInbox
from parking.raw.keeper import RawKeeper
from parking.raw.model import STREAM
from parking.raw.repository import Wanted
from parking.raw.unknown import unknown_devices
from tests.parking.occupancy.live import running, until

START: Final = 1_784_000_000.0
LASTS_S: Final = 900
SPACES: Final = 40
SEED: Final = 12
FAULTS: Final = Faults(missed=0.05, lost=0.05, duplicate=0.2, late=0.2, reboot=0.05)
ANYBODY: Final = TrustedSpeaker()
STRANGER: Final = "00000000000000ff"
WHOLE: Final = Wanted(
    since=datetime.fromtimestamp(START - 60, UTC), until=datetime.fromtimestamp(START + LASTS_S + 60, UTC)
)


class Platform:
    """The doors, the engine and the writers over real servers, by a clock that the test turns."""

    def __init__(self, database: Database, redis: Redis) -> None:
        self.now = START
        self.database, self.redis = database, redis
        self.directory = DeviceDirectory(database)
        self.ingest = IngestService(self.directory, RedisInbox(redis), self.clock)
        self.uplinks = UplinkService(self.directory, self.ingest, installed(), self.clock)
        self.broker = MemoryBroker()
        self.feeder = ZoneFeeder(redis, database, RedisReadingStream(redis), clock=self.clock)

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """A new engine each time: after a wipe there is no lease to wait for."""
        engine = Engine(self.redis, clock=self.clock, beat_s=0.05)
        history, keeper = HistoryWriter(self.redis, self.database), RawKeeper(self.redis, self.database)
        mqtt = MqttIngest("memory", self.uplinks, self.ingest)
        async with running(engine.run(), history.run(), keeper.run(), mqtt.consume(self.broker)):
            await self.feeder.reconcile()
            await until(self._knows_every_space)
            yield

    async def has_read(self) -> bool:
        return self.broker.pending == 0

    async def deliver(self, parcel: Parcel) -> None:
        if parcel.way == "mqtt":
            await self.broker.publish(parcel.address, parcel.body)
        elif parcel.address == READINGS_PATH:
            await self.ingest.accept(decode_batch(b'{"readings":[' + parcel.body + b"]}"), ANYBODY)
        else:
            await self.uplinks.accept(parcel.address.rsplit("/", 1)[1], parcel.body, ANYBODY)

    async def settled(self) -> None:
        """Everything that was delivered is applied, in history and kept."""

        async def is_settled() -> bool:
            waiting = await RedisReadingStream(self.redis).backlog()
            return self.broker.pending == 0 and not any(waiting.values()) and await self._is_kept()

        await until(is_settled)

    async def _is_kept(self) -> bool:
        if not await self.redis.exists(STREAM):
            return True
        last = (await self.redis.xinfo_stream(STREAM))["last-generated-id"].decode()
        async with self.database.transaction() as session:
            return bool(await repository.position(session) == last)

    async def _knows_every_space(self) -> bool:
        return len((await self.state())[0]) == SPACES

    async def state(self) -> tuple[dict[str, SpaceState], dict[str, ZoneCounts]]:
        """What is believed of each space and zone; of a space of which nobody has spoken, not since when."""
        reader = LiveReader(self.redis)
        snapshots = [await reader.snapshot(shard) for shard in SHARDS]
        spaces = {space: _said(state) for found in snapshots for space, state in found.spaces.items()}
        return spaces, {zone: counts for found in snapshots for zone, counts in found.counts.items()}

    async def history(self) -> Sequence[tuple[object, ...]]:
        query = text(
            "SELECT device_id, received_at, kind, status, observed_at, sequence FROM observation ORDER BY 1, 2, 3, 4, 5, 6"
        )
        async with self.database.transaction() as session:
            return [tuple(row) for row in await session.execute(query)]


def _said(state: SpaceState) -> SpaceState:
    return msgspec.structs.replace(state, since=None) if state.reason == "never_heard" else state


async def furnish(platform: Platform) -> City:
    async with platform.database.transaction() as session:
        await import_collection(session, generate(SPACES, SEED), at=platform.clock())
    async with platform.database.transaction() as session:
        sites = sites_of(await load_catalogue(session))
    city = City(sites, seed=SEED, start=START + 1, speed=30, faults=FAULTS)
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
    async with platform.database.transaction() as session:
        report = await DeviceService(installed(), platform.clock).register_many(session, wishes)
        assert (report.registered, report.errors) == (len(city.devices), ())
    await platform.directory.refresh()
    return city


async def live(platform: Platform, city: City) -> None:
    """A quarter of an hour with everything that goes wrong on the way, and strange messages in between."""
    for second in range(0, LASTS_S + 1, 20):
        platform.now = START + second
        for frame in city.advance(platform.now):
            for parcel in pack(frame):
                await platform.deliver(parcel)
        if second % 300 == 0:
            for body in strange(platform.clock()):
                await platform.uplinks.accept("things-stack-v3", body, ANYBODY)
        await until(platform.has_read)


def strange(now: datetime) -> list[bytes]:
    message = {"f_port": 1, "f_cnt": int(now.timestamp()), "frm_payload": "AQ==", "received_at": now.isoformat()}
    bodies = [
        {"end_device_ids": {"dev_eui": STRANGER}, "uplink_message": message},
        {"end_device_ids": {"dev_eui": STRANGER}, "join_accept": {"session_key_id": "k"}},
        {"end_device_ids": {"dev_eui": "no"}, "uplink_message": message},
    ]
    return [b"<xml/>", *(json.dumps(body).encode() for body in bodies)]


async def replayed(settings: Settings) -> Tally:
    async with open_replay(settings) as (parts, _):
        tally = Tally()
        async for _, so_far in parts.run(WHOLE):
            tally = so_far
        return tally


async def test_same_states_stand_again_after_a_wipe_and_nothing_changes_when_it_is_done_twice(
    database: Database, database_url: str, redis: Redis, redis_url: str
) -> None:
    settings = replace(Settings.from_environment({}), database_url=database_url, redis_url=redis_url)
    platform = Platform(database, redis)
    city = await furnish(platform)
    async with platform.alive():
        await live(platform, city)
        await platform.settled()
        before, told = await platform.state(), await platform.history()
    assert {state.belief for state in before[0].values()} == {"free", "occupied", "unknown"}
    await redis.flushall()
    async with platform.alive():
        assert before != await platform.state()
        first = await replayed(settings)
        await until(lambda: _is(platform, before))
        await platform.settled()
        assert await platform.history() == told
        second = await replayed(settings)
        await platform.settled()
        assert await platform.state() == before
        assert await platform.history() == told
        assert first == second
        await _take_in_a_stranger(platform, {DATABASE_URL: database_url, REDIS_URL: redis_url})


async def _is(platform: Platform, state: object) -> bool:
    return await platform.state() == state


async def _take_in_a_stranger(platform: Platform, environment: dict[str, str]) -> None:
    """A device is registered after it has spoken, and what it said is taken in then."""
    async with platform.database.transaction() as session:
        (held,) = await unknown_devices(session)
        assert (held.wire_id, held.frames) == (STRANGER, 8)
        space = min((await platform.state())[0])
        service = DeviceService(installed(), platform.clock)
        bosch = NewDevice(device_id=STRANGER, vendor="Bosch", model="TPS110", version="0.29")
        await service.register(session, bosch)
        await service.bind(session, STRANGER, space, since=platform.clock() - timedelta(seconds=600))

    async def typed(*words: str) -> str:
        result = await asyncio.to_thread(CliRunner(env=environment).invoke, command, list(words))
        assert result.exit_code == 0, result.output
        return result.output

    listed = await typed("list", "--since", WHOLE.since.isoformat(), "--device", STRANGER, "--limit", "1")
    newest = json.loads(listed)
    assert newest["outcomes"][0]["kind"] == "unknown_device"
    assert json.loads(json.loads(await typed("show", newest["id"]))["body"])["end_device_ids"]["dev_eui"] == STRANGER
    said = await typed("replay", WHOLE.since.isoformat(), WHOLE.until.isoformat(), "--device", STRANGER)
    assert "8 arrivals taken in again: 3 readings, 1 refused" in said
    await platform.settled()
    assert [row[0] for row in await platform.history()].count(STRANGER) == 3
    async with platform.database.transaction() as session:
        deeds = await session.execute(text("SELECT deed FROM raw_access ORDER BY access_id"))
        assert list(deeds.scalars()) == ["shown", "replayed"]
