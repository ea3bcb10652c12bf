"""The compact changes of the engine on the bus: rendered once each, with the same ids however often."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest
from redis.asyncio import Redis

from parking.bus.codec import fact_of
from parking.bus.local import LocalBus
from parking.domain.clock import from_micros
from parking.domain.errors import UnavailableError
from parking.events.envelope import CloudEvent
from parking.events.space import SpaceStateChanged, ZoneCountsChanged
from parking.occupancy import keys
from parking.occupancy.engine import Engine
from parking.occupancy.evidence import DATA_FIELD
from parking.occupancy.model import ChangeBatch, SpaceChange, ZoneCounts
from parking.occupancy.publisher import ChangePublisher, render
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shards import shard_of
from tests.parking.occupancy.live import running, until
from tests.parking.occupancy.samples import T0, fresh_reading, zone

SHARD = shard_of("z1")


class Recorder(LocalBus):
    """Remembers what was published; may lose the answer of a publication."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[CloudEvent] = []
        self.lose_answer = False

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        await super().publish(events)
        self.published += events
        if self.lose_answer:
            raise UnavailableError("the answer was lost", code="bus_unavailable")


def change(space_id: str = "s1", *, removed: bool = False) -> SpaceChange:
    return SpaceChange(
        space_id, "z1", "occupied", "free", T0, T0 - 5, T0, "change", "d1", 0.9, None, "occupied", removed=removed
    )


def counts(vacant: int, observed_at: int | None = T0) -> ZoneCounts:
    return ZoneCounts("z1", 3, vacant, 3 - vacant, 0, 0, 0, observed_at, 1)


def batch(*counted: ZoneCounts, changes: Sequence[SpaceChange] = ()) -> ChangeBatch:
    return ChangeBatch(at=T0, changes=list(changes), counts=list(counted), read=[])


async def put(redis: Redis, entry: ChangeBatch) -> str:
    fields = {DATA_FIELD: msgspec.msgpack.encode(entry)}
    entry_id = await redis.xadd(keys.changes(SHARD), fields)  # type: ignore[arg-type]  # invariant mapping
    assert isinstance(entry_id, bytes)
    return entry_id.decode()


def test_every_field_is_rendered_when_a_space_and_its_zone_change() -> None:
    space, zone_counts = render(4, "17-0", batch(counts(1), changes=[change()]), {})
    assert (space.id, zone_counts.id) == ("4-17-0-0", "4-17-0-1")
    assert (space.source, space.time, space.subject) == ("parking.occupancy", from_micros(T0), "s1")
    assert fact_of(space) == SpaceStateChanged(
        space_id="s1",
        zone_id="z1",
        status="occupied",
        previous_status="free",
        since=from_micros(T0),
        observed_at=from_micros(T0 - 5),
        evidence="change",
        device_id="d1",
        confidence=0.9,
        reason=None,
        belief="occupied",
    )
    assert fact_of(zone_counts) == ZoneCountsChanged(
        zone_id="z1",
        capacity=3,
        vacant=1,
        occupied=2,
        unknown=0,
        restricted=0,
        restricted_occupied=0,
        observed_at=datetime.fromtimestamp(T0 / 1_000_000, UTC),
    )


def test_event_keeps_its_id_when_what_stands_before_it_is_left_out() -> None:
    known = {"z1": (3, 1, 2, 0, 0, 0)}
    other = msgspec.structs.replace(counts(1), zone_id="z9")
    (kept,) = render(4, "17-0", batch(counts(1), other, changes=[change(removed=True)]), known)
    assert kept.id == "4-17-0-2"
    assert kept.subject == "z9"


@pytest.mark.service
async def test_position_follows_and_equal_counts_are_skipped_when_entries_are_published(redis: Redis) -> None:
    bus = Recorder()
    publisher = ChangePublisher(redis, bus)
    assert await publisher.published_position(SHARD) is None
    first = await put(redis, batch(counts(1), changes=[change()]))
    assert await publisher.step() == 2
    assert await publisher.published_position(SHARD) == first
    await put(redis, batch(counts(1, T0 + 1)))
    last = await put(redis, batch(counts(2, T0 + 2)))
    assert await publisher.step() == 1
    assert [event.id for event in bus.published] == [f"{SHARD}-{first}-0", f"{SHARD}-{first}-1", f"{SHARD}-{last}-0"]
    # Another process goes on from there and still knows the numbers.
    await put(redis, batch(counts(2, T0 + 3)))
    assert await ChangePublisher(redis, bus).step() == 0


@pytest.mark.service
async def test_backlog_is_published_piece_by_piece_when_it_is_large(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parking.occupancy.publisher.EVENTS_AT_ONCE", 3)
    bus = Recorder()
    entries = [await put(redis, batch(changes=[change(f"s{number}"), change(f"t{number}")])) for number in range(3)]
    publisher = ChangePublisher(redis, bus)
    assert await publisher.step() == 4
    assert await publisher.published_position(SHARD) == entries[1]
    # What was read and not published comes again when the bus did not take it.
    bus.lose_answer = True
    with pytest.raises(UnavailableError):
        await publisher.step()
    assert await publisher.published_position(SHARD) == entries[1]
    bus.lose_answer = False
    assert await publisher.step() == 2
    assert await publisher.published_position(SHARD) == entries[2]
    subjects = [event.subject for event in bus.published]
    assert subjects == ["s0", "t0", "s1", "t1", "s2", "t2", "s2", "t2"]
    assert len({event.id for event in bus.published}) == 6


@pytest.mark.service
async def test_events_come_again_with_the_same_ids_when_the_answer_of_the_bus_is_lost(redis: Redis) -> None:
    bus = Recorder()
    await put(redis, batch(counts(1), changes=[change()]))
    bus.lose_answer = True
    with pytest.raises(UnavailableError):
        await ChangePublisher(redis, bus).step()
    bus.lose_answer = False
    await ChangePublisher(redis, bus).step()
    ids = [event.id for event in bus.published]
    assert ids[:2] == ids[2:]


@pytest.mark.service
async def test_one_publisher_works_when_two_run_and_the_other_goes_on_when_it_stops(redis: Redis) -> None:
    bus = Recorder()
    first, second = (ChangePublisher(redis, bus, lease_s=2.0) for _ in range(2))

    async def published(number: int) -> bool:
        return len(bus.published) >= number

    async with running(second.run()):
        async with running(first.run()):
            for vacant in (0, 1, 2, 3):
                await put(redis, batch(counts(vacant)))
            await until(lambda: published(4))
        await put(redis, batch(counts(0)))
        await until(lambda: published(5))
    assert len({event.id for event in bus.published}) == len(bus.published) == 5


@pytest.mark.service
async def test_reading_ends_as_events_on_the_bus_when_engine_and_publisher_run(redis: Redis) -> None:
    bus = Recorder()
    stream = RedisReadingStream(redis)

    def facts() -> list[object]:
        return [fact_of(event) for event in bus.published]

    async def occupied() -> bool:
        return any(isinstance(fact, SpaceStateChanged) and fact.status == "occupied" for fact in facts())

    await stream.define_zone(zone("s1", "s2"))
    async with running(Engine(redis).run(), ChangePublisher(redis, bus).run()):
        await stream.append([fresh_reading()])
        await until(occupied)
    numbers = [fact for fact in facts() if isinstance(fact, ZoneCountsChanged)]
    assert (numbers[-1].capacity, numbers[-1].occupied, numbers[-1].unknown) == (2, 1, 1)
    for fact in numbers:
        assert fact.vacant + fact.occupied + fact.unknown + fact.restricted == fact.capacity
