"""The outbox: with its cause or not at all, relayed at least once, in order of commits per subject."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.bus.codec import fact_of
from parking.bus.local import LocalBus
from parking.bus.ports import EventBus
from parking.bus.relay import OutboxRelay
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database, before_commit
from parking.db.watch import watch
from parking.domain.errors import UnavailableError
from parking.events.envelope import CloudEvent
from parking.events.place import PlaceChanged
from tests.parking.bus.listening import PATIENCE_S, Listener, eventually, running, subscribe

pytestmark = pytest.mark.service
AT = datetime(2026, 5, 6, tzinfo=UTC)


class Recorder(LocalBus):
    """A bus that remembers what was published, and can be down before or after it takes a batch."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[CloudEvent] = []
        self.down_before = False
        self.down_after = False

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        if self.down_before:
            raise UnavailableError("down", code="bus_unavailable")
        await super().publish(events)
        self.published += events
        if self.down_after:
            raise UnavailableError("the answer was lost", code="bus_unavailable")

    def revisions(self, zone_id: str) -> list[int]:
        facts = [fact_of(event) for event in self.published]
        return [fact.revision for fact in facts if isinstance(fact, PlaceChanged) and fact.zone_id == zone_id]


def changed(zone_id: str, revision: int) -> PlaceChanged:
    return PlaceChanged(zone_id=zone_id, district_id="370303", revision=revision, capacity=1)


async def write(database: Database, *facts: PlaceChanged) -> list[CloudEvent]:
    async with database.transaction() as session:
        return await outbox.write(session, *facts, source="test", at=AT)


async def waiting(database: Database) -> int:
    async with database.transaction() as session:
        return (await session.execute(select(func.count()).select_from(OutboxRow))).scalar_one()


@contextlib.asynccontextmanager
async def relaying(relay: OutboxRelay, database_url: str) -> AsyncIterator[None]:
    tasks = [
        asyncio.ensure_future(relay.run()),
        asyncio.ensure_future(watch(database_url, outbox.CHANNEL, relay.wake)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=PATIENCE_S)


async def test_event_is_relayed_once_when_its_transaction_commits(database: Database) -> None:
    bus = Recorder()
    events = await write(database, changed("z1", 1), changed("z2", 1), changed("z1", 2))
    relay = OutboxRelay(database, bus)
    assert await relay.step() == 3
    assert await relay.step() == 0
    assert bus.published == events
    assert len({event.id for event in events}) == 3
    assert await waiting(database) == 0


async def test_nothing_is_relayed_when_the_transaction_rolls_back(database: Database) -> None:
    async def write_and_fail() -> None:
        async with database.transaction() as session:
            await outbox.write(session, changed("z1", 1), source="test", at=AT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    assert await OutboxRelay(database, Recorder()).step() == 0


async def test_nothing_is_written_when_there_are_no_facts(database: Database) -> None:
    assert await write(database) == []
    assert await waiting(database) == 0


async def test_events_stay_when_the_bus_is_down(database: Database) -> None:
    bus = Recorder()
    bus.down_before = True
    await write(database, changed("z1", 1))
    with pytest.raises(UnavailableError):
        await OutboxRelay(database, bus).step()
    assert await waiting(database) == 1


async def test_event_is_published_again_with_the_same_id_when_the_relay_dies_before_deleting(
    database: Database,
) -> None:
    bus = Recorder()
    bus.down_after = True
    (event,) = await write(database, changed("z1", 1))
    with pytest.raises(UnavailableError):
        await OutboxRelay(database, bus).step()
    bus.down_after = False
    assert await OutboxRelay(database, bus).step() == 1
    assert [published.key for published in bus.published] == [event.key, event.key]


async def test_event_is_published_again_when_the_database_ends_the_relay_before_the_commit(database: Database) -> None:
    class Killer(Recorder):
        async def publish(self, events: Sequence[CloudEvent]) -> None:
            await super().publish(events)
            if len(self.published) == 1:
                async with database.transaction() as session:
                    await session.execute(
                        text(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            " WHERE datname = current_database() AND state = 'idle in transaction'"
                        )
                    )

    bus = Killer()
    await write(database, changed("z1", 1))
    relay = OutboxRelay(database, bus)
    task = asyncio.ensure_future(relay.run())
    await eventually(lambda: len(bus.published) == 2)
    task.cancel()
    await asyncio.wait([task])
    assert bus.published[0].key == bus.published[1].key


async def test_only_one_relay_works_when_two_are_started(database: Database) -> None:
    gate = asyncio.Event()

    class Slow(Recorder):
        async def publish(self, events: Sequence[CloudEvent]) -> None:
            await gate.wait()
            await super().publish(events)

    bus = Slow()
    await write(database, changed("z1", 1))
    first = asyncio.ensure_future(OutboxRelay(database, bus).step())
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with database.transaction() as session:
                held = await session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
            if held:
                break
    assert await OutboxRelay(database, bus).step() == 0
    gate.set()
    assert await first == 1
    assert len(bus.published) == 1


async def test_subject_keeps_the_order_of_commits_when_writers_overlap(database: Database) -> None:
    """The second writer waits for the commit of the first, so its event also has the later position."""
    bus = Recorder()
    entered, leave = asyncio.Event(), asyncio.Event()

    async def linger(_session: AsyncSession) -> None:
        entered.set()
        await leave.wait()

    async def first() -> None:
        async with database.transaction() as session:
            await outbox.write(session, changed("z1", 1), source="test", at=AT)
            # After the event has its position, before the commit.
            before_commit(session, linger)

    async def second() -> None:
        await entered.wait()
        await write(database, changed("z1", 2))

    writers = asyncio.gather(first(), second())
    await entered.wait()
    await write(database, changed("another", 1))
    relay = OutboxRelay(database, bus)
    assert await relay.step() == 1
    leave.set()
    await writers
    assert await relay.step() == 2
    assert bus.revisions("z1") == [1, 2]


async def test_nothing_is_said_twice_when_a_transaction_writes_often(database: Database) -> None:
    async with database.transaction() as session:
        for revision in (1, None, None, 2):
            facts = () if revision is None else (changed("z1", revision),)
            await outbox.write(session, *facts, source="test", at=AT)
    bus = Recorder()
    assert await OutboxRelay(database, bus).step() == 2
    assert bus.revisions("z1") == [1, 2]


async def test_events_are_taken_back_with_their_savepoint(database: Database) -> None:
    async with database.transaction() as session:
        taken_back = await session.begin_nested()
        await outbox.write(session, changed("z1", 1), source="test", at=AT)
        await taken_back.rollback()
        await outbox.write(session, changed("z1", 2), source="test", at=AT)
        async with session.begin_nested():
            with pytest.raises(RuntimeError, match="savepoint"):
                await outbox.write(session, changed("z1", 3), source="test", at=AT)
    bus = Recorder()
    assert await OutboxRelay(database, bus).step() == 1
    assert bus.revisions("z1") == [2]


async def test_relay_wakes_when_a_transaction_notifies(database: Database, database_url: str) -> None:
    bus = Recorder()
    async with relaying(OutboxRelay(database, bus), database_url):
        for revision in range(20):
            await write(database, changed("z1", revision))
        await eventually(lambda: bus.revisions("z1") == list(range(20)))


async def test_relay_goes_on_when_the_bus_comes_back(database: Database, database_url: str) -> None:
    bus = Recorder()
    bus.down_before = True
    async with relaying(OutboxRelay(database, bus), database_url):
        await write(database, changed("z1", 1))
        bus.down_before = False
        await eventually(lambda: bus.revisions("z1") == [1])


async def test_event_reaches_its_listener_when_everything_runs(
    database: Database, database_url: str, redis_bus: EventBus
) -> None:
    listener = Listener()
    async with running(redis_bus, subscribe(listener)), relaying(OutboxRelay(database, redis_bus), database_url):
        await write(database, changed("z1", 1), changed("z1", 2))
        await eventually(lambda: listener.heard == [("z1", 1), ("z1", 2)])
