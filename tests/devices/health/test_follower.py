"""Device health over the real engine, live store and database: faults stored once, and what they do to a space."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select

from devices.health import repository, service
from devices.health.follower import HealthFollower, HealthMovedError
from devices.health.tables import DeviceFaultRow
from devices.health.witnesses import Witnesses
from devices.inventory.directory import DeviceDirectory
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from parking.bus.codec import decode, fact_of
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros, utc_now
from parking.domain.errors import ConflictError
from parking.events.device import DeviceFaulted, DeviceRestored
from parking.events.envelope import wrap
from parking.events.fact import Fact
from parking.events.session import SessionStarted
from parking.occupancy import keys
from parking.occupancy.engine import Engine
from parking.occupancy.evidence import Observation, SensedStatus
from parking.occupancy.follower import ReadingFollower
from parking.occupancy.history import HistoryWriter
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shards import shard_of
from parking.occupancy.tables import ObservationRow
from parking.raw.follower import RawFollower
from parking.raw.inbox import RedisInbox
from parking.raw.model import Outcome, RawMessage
from tests.devices.inventory.places import add_spaces
from tests.parking.occupancy.live import running, snapshot_when, until
from tests.parking.occupancy.samples import fresh_reading, zone

pytestmark = pytest.mark.service
ZONE = "zone-1"
SPACE = "space-0"


class Town:
    """One sensor on one space, with everything that stands behind it but history."""

    def __init__(self, redis: Redis, database: Database) -> None:
        self.redis = redis
        self.database = database
        self.stream = RedisReadingStream(redis)
        self.directory = DeviceDirectory(database)

    async def build(self) -> None:
        async with self.database.transaction() as session:
            await add_spaces(session, 1)
            await DeviceService(installed(), lambda: utc_now() - timedelta(days=1)).register(
                session, NewDevice(device_id="d1", vendor="Bosch", model="TPS110", space_id=SPACE)
            )
        await self.directory.refresh()
        await self.stream.define_zone(zone(SPACE, zone_id=ZONE))
        await snapshot_when(self.redis, lambda found: SPACE in found.spaces, zone_id=ZONE)

    def follower(self) -> HealthFollower:
        return HealthFollower(
            self.database,
            self.directory,
            ReadingFollower(self.redis),
            RawFollower(self.redis),
            self.stream,
            utc_now,
            empty_v=lambda _: None,
        )

    async def say(self, *words: Observation) -> None:
        """Let the device say it, and wait until the engine has heard."""
        await self.stream.append(list(words))
        shard = shard_of(ZONE)
        newest: Any = await self.redis.xrevrange(keys.readings(shard), count=1)

        async def consumed() -> bool:
            return bool(await self.redis.hget(keys.meta(shard), "position") == newest[0][0])

        await until(consumed)

    def word(self, status: SensedStatus, before_s: float = 0, **rest: object) -> Observation:
        """As the door stamps it, observed so many seconds ago."""
        now = to_micros(utc_now())
        entry = self.directory.entries["d1"]
        said = fresh_reading(status, device="d1", space=SPACE, zone=ZONE, trusted=entry.trusted, **rest)
        return Observation(
            said.device_id,
            said.space_id,
            said.zone_id,
            said.kind,
            said.status,
            now - int(before_s * 1_000_000),
            now,
            said.silence_s,
            trusted=said.trusted,
            sequence=said.sequence,
            session=said.session,
        )

    async def flap(self) -> None:
        """Twelve changes in a minute."""
        states: list[SensedStatus] = ["free", "occupied"]
        await self.say(*(self.word(states[n % 2], before_s=70 - 5 * n) for n in range(12)))

    async def space(self, belief: str, reason: str | None) -> None:
        """Wait until the space is so."""
        await snapshot_when(
            self.redis,
            lambda found: (found.spaces[SPACE].belief, found.spaces[SPACE].reason) == (belief, reason),
            zone_id=ZONE,
        )

    async def told(self) -> list[Fact]:
        async with self.database.transaction() as session:
            rows = await session.scalars(select(OutboxRow.event).order_by(OutboxRow.position))
            facts = [fact_of(decode(row)) for row in rows]
        return [fact for fact in facts if isinstance(fact, DeviceFaulted | DeviceRestored)]

    async def rows(self) -> list[DeviceFaultRow]:
        async with self.database.transaction() as session:
            return list(await session.scalars(select(DeviceFaultRow).order_by(DeviceFaultRow.opened_at)))


@asynccontextmanager
async def town(redis: Redis, database: Database) -> AsyncIterator[Town]:
    built = Town(redis, database)
    async with running(Engine(redis, beat_s=0.1).run()):
        await built.build()
        yield built


async def drain(follower: HealthFollower) -> None:
    while await follower.step(block_ms=1):
        pass


async def test_space_is_unknown_while_its_device_flaps_and_believed_again_when_a_person_has_looked(
    redis: Redis, database: Database
) -> None:
    async with town(redis, database) as street:
        follower = street.follower()
        await follower.load()
        await street.flap()
        await drain(follower)
        await follower.store()
        await street.space("unknown", "device_faulty")
        (row,) = await street.rows()
        assert (row.fault, row.distrusted, row.space_id, row.district_id) == ("flapping", True, SPACE, "district-1")
        assert row.since < row.opened_at

        await street.directory.refresh()
        assert not street.directory.entries["d1"].trusted
        await street.say(street.word("free"), street.word("occupied"))
        await street.space("unknown", "device_faulty")

        async with database.transaction() as session:
            await service.dismiss(session, row.fault_id, by="somebody", at=utc_now())
        await follower.store()
        await street.directory.refresh()
        assert street.directory.entries["d1"].trusted
        await street.say(street.word("free"))
        await street.space("free", None)
        faulted, restored = await street.told()
        assert isinstance(faulted, DeviceFaulted)
        assert isinstance(restored, DeviceRestored)
        assert (faulted.fault_id, faulted.distrusted) == (restored.fault_id, True)
        assert "changes" in faulted.detail_en
        with pytest.raises(ConflictError, match="over"):
            async with database.transaction() as session:
                await service.acknowledge(session, row.fault_id, by="somebody", at=utc_now())


async def test_fault_opens_once_when_the_worker_dies_before_it_is_stored(redis: Redis, database: Database) -> None:
    async with town(redis, database) as street:
        first = street.follower()
        await first.load()
        await first.store()
        await street.flap()
        await drain(first)
        second = street.follower()
        await second.load()
        await drain(second)
        await second.store()
        with pytest.raises(HealthMovedError):
            await first.store()
        third = street.follower()
        await third.load()
        await drain(third)
        await street.flap()
        await drain(third)
        await third.store()
        assert [row.fault for row in await street.rows()] == ["flapping"]
        assert len(await street.told()) == 1


async def test_readings_wait_for_health_and_what_is_gone_is_no_lost_message(redis: Redis, database: Database) -> None:
    async with town(redis, database) as street:
        follower = street.follower()
        await follower.load()
        await street.say(street.word("free", sequence=1, session="a"))
        await drain(follower)
        await follower.store()
        await street.say(*(street.word("free", sequence=n, session="a", kind="restate") for n in range(2, 30)))

        async def written() -> bool:
            async with database.transaction() as session:
                return await session.scalar(select(func.count()).select_from(ObservationRow)) == 29

        async with running(HistoryWriter(redis, database).run()):
            await until(written)
        assert await redis.xlen(keys.readings(shard_of(ZONE))) > 0, "health has not heard them"
        await redis.xtrim(keys.readings(shard_of(ZONE)), maxlen=0, approximate=False)
        await street.say(street.word("free", sequence=60, session="a"))
        await drain(follower)
        await follower.store()
        assert await street.rows() == []
        async with database.transaction() as session:
            state = (await repository.states(session))["d1"]
        assert (state.counter.highest, sum(hour.expected for hour in state.counter.hours)) == (60, 2)


async def test_what_says_nothing_of_a_space_is_heard_from_the_raw_messages(redis: Redis, database: Database) -> None:
    async with town(redis, database) as street:
        follower = street.follower()
        await follower.load()
        now = to_micros(utc_now())
        outcomes = [Outcome("undecodable", "d1", "payload_invalid", "a", n, rssi_dbm=-101.0) for n in range(3)]
        bodies = [
            RawMessage(now + n, "http", "chirpstack-v4", "up", "key-1", b"{}", [outcome, Outcome("data", "stranger")])
            for n, outcome in enumerate(outcomes)
        ]
        await RedisInbox(redis).append([], bodies)
        await drain(follower)
        await follower.store()
        (row,) = await street.rows()
        assert (row.fault, row.distrusted) == ("undecodable", False)
        async with database.transaction() as session:
            states = await repository.states(session)
        assert set(states) == {"d1"}
        state = states["d1"]
        assert (state.rssi_dbm, state.heard_at) == (-101.0, now + 2)


async def test_persons_who_pay_for_a_car_that_the_sensor_denies_are_believed(redis: Redis, database: Database) -> None:
    async with town(redis, database) as street:
        follower = street.follower()
        await follower.load()
        await street.say(street.word("free", before_s=3000))
        await street.say(street.word("free", kind="restate"))
        await drain(follower)
        witnesses = Witnesses(database)
        for n in range(3):
            fact = SessionStarted(
                session_id=f"p{n}",
                space_id=SPACE,
                zone_id=ZONE,
                started_at=utc_now() - timedelta(minutes=20 - n),
                source="app",
                has_plate=True,
            )
            event = wrap(fact, event_id=f"e{n}", source="parking.sessions", time=utc_now())
            await witnesses.handle(event)
            await witnesses.handle(event)
        await follower.store()
        (row,) = await street.rows()
        assert (row.fault, row.distrusted) == ("disagreement", False)
        assert "3 times" in row.detail_en


async def test_faults_of_a_device_that_is_replaced_are_over_at_once(redis: Redis, database: Database) -> None:
    async with town(redis, database) as street:
        follower = street.follower()
        await follower.load()
        await street.flap()
        await drain(follower)
        await follower.store()
        async with database.transaction() as session:
            assert await service.close_all(session, "d1", at=utc_now()) == 1
            assert await service.close_all(session, "d1", at=utc_now()) == 0
        await follower.store()
        (row,) = await street.rows()
        assert row.closed_at is not None
        assert [type(fact) for fact in await street.told()] == [DeviceFaulted, DeviceRestored]
