"""What only the durable bus must survive: killed and paused members, a killed server; and what may be trimmed."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from api.embedded.folder import DataFolder
from api.embedded.valkey import ValkeyServer
from parking.bus import keys
from parking.bus.arrivals import Arrivals
from parking.bus.connection import open_redis
from parking.bus.lane import Item, LaneLostError
from parking.bus.ports import Subscription
from parking.bus.positions import trim
from parking.bus.redis_group import RedisGroup
from parking.bus.redis_lane import RedisLane
from parking.bus.redis_streams import RedisStreamsBus
from parking.bus.scripts import Scripts
from parking.domain.clock import utc_now
from parking.domain.errors import UnavailableError
from parking.events.envelope import CloudEvent
from parking.events.place import PlaceChanged
from tests.parking.bus.conftest import DELAY, LEASE_S
from tests.parking.bus.listening import PATIENCE_S, Listener, eventually, place_changed, running, subscribe

pytestmark = pytest.mark.service
ZONES = [f"zone-{number}" for number in range(24)]


class MemberProcess:
    """A member that may be killed; `heard` grows as it prints."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.heard: list[tuple[str, int]] = []

    async def listen(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            zone_id, revision = line.decode().split()
            self.heard.append((zone_id, int(revision)))

    def send(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)


@contextlib.asynccontextmanager
async def member_process(redis_url: str, lease_s: float = LEASE_S) -> AsyncIterator[MemberProcess]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.parking.bus.member_process",
        redis_url,
        str(lease_s),
        stdout=asyncio.subprocess.PIPE,
    )
    member = MemberProcess(process)
    listening = asyncio.ensure_future(member.listen())
    try:
        yield member
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await listening


async def test_work_goes_on_elsewhere_when_a_member_is_killed(redis_url: str, redis_bus: RedisStreamsBus) -> None:
    listener = Listener()
    async with member_process(redis_url) as member:
        await redis_bus.publish([place_changed(zone, 1) for zone in ZONES])
        await eventually(lambda: len(member.heard) == len(ZONES))
        member.send(signal.SIGKILL)
        await member.process.wait()
        await redis_bus.publish([place_changed(zone, 2) for zone in ZONES])
        async with running(redis_bus, subscribe(listener)):
            await eventually(lambda: {(zone, 2) for zone in ZONES} <= set(listener.heard))
    # What the killed one had not acknowledged comes once more, and before what is new.
    for zone in ZONES:
        assert listener.revisions(zone) in ([2], [1, 2])


async def test_paused_member_takes_nothing_when_its_lease_has_gone_to_another(
    redis_url: str, redis_bus: RedisStreamsBus
) -> None:
    listener = Listener()
    async with member_process(redis_url) as member:
        await redis_bus.publish([place_changed(zone, 1) for zone in ZONES])
        await eventually(lambda: len(member.heard) == len(ZONES))
        member.send(signal.SIGSTOP)
        async with running(redis_bus, subscribe(listener)):
            await redis_bus.publish([place_changed(zone, 2) for zone in ZONES])
            await eventually(lambda: {(zone, 2) for zone in ZONES} <= set(listener.heard))
            member.send(signal.SIGCONT)
            for revision in range(3, 8):
                await redis_bus.publish([place_changed(zone, revision) for zone in ZONES])
            everything = {(zone, revision) for zone in ZONES for revision in range(2, 8)}
            await eventually(lambda: everything <= {*listener.heard, *member.heard})
    assert len(member.heard) == len(set(member.heard))
    for zone in ZONES:
        assert member_order(member.heard, zone) == sorted(member_order(member.heard, zone))


def member_order(heard: list[tuple[str, int]], zone_id: str) -> list[int]:
    return [revision for zone, revision in heard if zone == zone_id]


async def nothing(_event: CloudEvent) -> None:
    """Hear and forget."""


async def test_lane_is_lost_when_the_lease_belongs_to_somebody_else(redis: Redis, redis_bus: RedisStreamsBus) -> None:
    await redis_bus.publish([place_changed("zone-1", 1)])
    partition = keys.partition_of("zone-1", PlaceChanged.TYPE)
    listener = Subscription(consumer="c", types=frozenset({PlaceChanged.TYPE}), handler=nothing)
    first, second = (RedisGroup(redis, Scripts(redis), Arrivals(redis), listener, lease_s=60) for _ in range(2))
    assert await first.claim(partition)
    assert not await second.claim(partition)
    lane = first.store(partition)
    taken = await lane.take(10)
    assert [item.subject for item in taken.fresh] == ["zone-1"]
    await redis.delete(keys.lease(partition, "c"))
    assert await second.claim(partition)
    for attempt in (lane.take(10), lane.abandoned(), lane.set_aside(taken.fresh[0]), lane.aside("zone-1")):
        with pytest.raises(LaneLostError):
            await attempt
    assert not await first.renew(partition)
    (reclaimed,) = await second.store(partition).abandoned()
    assert reclaimed.subject == "zone-1"
    assert reclaimed.suspect


async def test_events_of_other_types_are_counted_and_finished_where_they_lie(
    redis: Redis, redis_bus: RedisStreamsBus
) -> None:
    await redis_bus.publish([place_changed("zone-1", 1), place_changed("zone-1", 2)])
    partition = keys.partition_of("zone-1", PlaceChanged.TYPE)
    listener = Subscription(consumer="c", types=frozenset({"parking.fee.issued"}), handler=nothing)
    group = RedisGroup(redis, Scripts(redis), Arrivals(redis), listener, lease_s=60)
    assert await group.claim(partition)
    lane = group.store(partition)
    taken = await lane.take(10)
    assert (taken.fresh, taken.read) == ([], 2)
    assert await lane.abandoned() == []
    assert (await redis.xpending(keys.stream(partition), "c"))["pending"] == 0


async def test_what_was_handled_is_finished_when_the_lane_is_cancelled_while_it_acknowledges(
    redis: Redis, redis_bus: RedisStreamsBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_finishing = asyncio.Event()
    finish = RedisLane.finish

    async def finish_at_the_second_call(lane: RedisLane, items: Sequence[Item]) -> None:
        """The first one is cancelled before its command is sent, as while a script is loaded or a connection opened."""
        if not is_finishing.is_set():
            is_finishing.set()
            await asyncio.Event().wait()
        await finish(lane, items)

    monkeypatch.setattr(RedisLane, "finish", finish_at_the_second_call)
    listener = Listener()
    await redis_bus.publish([place_changed("zone-1", 1)])
    async with running(redis_bus, subscribe(listener)), asyncio.timeout(PATIENCE_S):
        await is_finishing.wait()
    assert listener.heard == [("zone-1", 1)]
    stream = keys.stream(keys.partition_of("zone-1", PlaceChanged.TYPE))
    assert (await redis.xpending(stream, "listener"))["pending"] == 0


@pytest.fixture
def own_valkey(open_folder: Path, servers_loop: asyncio.AbstractEventLoop) -> Iterator[ValkeyServer]:
    """A server that the test may kill."""
    with DataFolder(open_folder) as folder:
        server = ValkeyServer(folder)
        servers_loop.run_until_complete(server.start())
        yield server
        servers_loop.run_until_complete(server.stop())


async def test_nothing_published_is_lost_when_the_server_is_killed(own_valkey: ValkeyServer) -> None:
    listener = Listener()
    published: list[tuple[str, int]] = []
    async with open_redis(own_valkey.url) as client:
        bus = RedisStreamsBus(client, delay=DELAY, lease_s=LEASE_S)
        async with running(bus, subscribe(listener)):
            for revision in range(1, 4):
                for zone in ZONES:
                    await _publish_until_accepted(bus, zone, revision)
                    published.append((zone, revision))
                os.kill(own_valkey.pid, signal.SIGKILL)
                await own_valkey.ended()
                with pytest.raises(UnavailableError) as refused:
                    await bus.publish([place_changed("zone-0", 99)])
                assert refused.value.code == "bus_unavailable"
                await own_valkey.start()
            await eventually(lambda: set(published) <= set(listener.heard))
    first_time = dict.fromkeys(listener.heard)
    for zone in ZONES:
        assert [revision for name, revision in first_time if name == zone] == [1, 2, 3]


async def _publish_until_accepted(bus: RedisStreamsBus, zone: str, revision: int) -> None:
    """As the outbox does: a connection that was idle when the server died says so when it is next used."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.suppress(UnavailableError):
                return await bus.publish([place_changed(zone, revision)])


async def test_unfinished_events_stay_when_the_retention_is_over(redis: Redis, redis_bus: RedisStreamsBus) -> None:
    async def never_return(zone_id: str, _revision: int) -> None:
        if zone_id == "zone-1":
            await asyncio.Event().wait()

    slow = Listener(never_return)
    partition = keys.partition_of("zone-1", PlaceChanged.TYPE)
    other = next(zone for zone in ZONES if keys.partition_of(zone, PlaceChanged.TYPE) != partition)
    async with running(redis_bus, subscribe(slow, consumer="slow")):
        await redis_bus.publish([place_changed("zone-1", 1), place_changed("zone-1", 2), place_changed(other, 1)])
        await eventually(lambda: slow.tried.count(("zone-1", 1)) == 1 and (other, 1) in slow.heard)
    later = utc_now() + timedelta(hours=25)
    laggards = await trim(redis, later)
    assert [(position.consumer, position.partition) for position in laggards] == [("slow", partition)]
    assert await redis.xlen(keys.stream(partition)) == 2
    assert await redis.xlen(keys.stream(keys.partition_of(other, PlaceChanged.TYPE))) == 0
    await redis_bus.forget("slow")
    assert await trim(redis, later) == []
    assert await redis.xlen(keys.stream(partition)) == 0


async def test_events_stay_for_a_replay_when_they_are_finished_and_young(
    redis: Redis, redis_bus: RedisStreamsBus
) -> None:
    listener = Listener()
    await redis_bus.publish([place_changed("zone-1", revision) for revision in range(1000)])
    async with running(redis_bus, subscribe(listener)):
        await eventually(lambda: len(listener.heard) == 1000)
    name = keys.stream(keys.partition_of("zone-1", PlaceChanged.TYPE))
    assert await trim(redis, utc_now()) == []
    assert await redis.xlen(name) == 1000
    await trim(redis, utc_now(), entries_kept=300)
    assert 300 <= await redis.xlen(name) < 500
    await trim(redis, utc_now() + timedelta(hours=25))
    assert await redis.xlen(name) == 0


async def test_tail_shows_what_came_since_an_instant_when_it_is_of_the_type(redis_bus: RedisStreamsBus) -> None:
    since = utc_now() - timedelta(minutes=1)
    await redis_bus.publish([place_changed("zone-1", 1), place_changed("zone-1", 2)])
    async with asyncio.timeout(60), contextlib.aclosing(redis_bus.tail(None, since)) as events:
        assert await anext(events) == place_changed("zone-1", 1)
        assert await anext(events) == place_changed("zone-1", 2)
        await redis_bus.publish([place_changed("zone-1", 3)])
        assert await anext(events) == place_changed("zone-1", 3)
    async with contextlib.aclosing(redis_bus.tail(frozenset({"another.type"}), since)) as events:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await anext(events)


async def test_bytes_that_are_no_event_become_a_dead_letter_when_they_stand_on_the_stream(
    redis: Redis, redis_bus: RedisStreamsBus
) -> None:
    listener = Listener()
    fields = {b"t": b"parking.place.changed", b"s": b"zone-1", b"e": b"not json"}
    await redis.xadd(keys.stream(keys.partition_of("zone-1", PlaceChanged.TYPE)), fields)  # type: ignore[arg-type]  # invariant mapping
    async with running(redis_bus, subscribe(listener)):
        await redis_bus.publish([place_changed("zone-1", 1)])
        await eventually(lambda: listener.heard == [("zone-1", 1)])
    (letter,) = await redis_bus.dead_letters()
    assert letter.event is None
    assert letter.body == b"not json"
    assert letter.reason.startswith("UnreadableEventError")
