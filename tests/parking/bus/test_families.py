"""Partitions by family of types, and an installation from before there were families: nothing lost, and every subject in order."""

import pytest
from redis.asyncio import Redis

from parking.bus import keys
from parking.bus.arrivals import TYPE
from parking.bus.codec import encode
from parking.bus.ports import Subscription
from parking.bus.positions import positions
from parking.bus.redis_lane import EVENT, SUBJECT
from parking.bus.redis_streams import RedisStreamsBus
from parking.events.envelope import CloudEvent
from parking.events.place import PlaceChanged
from parking.events.space import SpaceEvidenceReordered, SpaceStateChanged, ZoneCountsChanged
from tests.parking.bus.listening import eventually, place_changed, running, state_changed

SPACES = [f"space-{number}" for number in range(24)]


def test_types_that_come_in_masses_share_no_partition_with_others() -> None:
    shared = set(keys.SHARED_PARTITIONS)
    spaces, counts = (set(keys.partitions_of([name])) for name in (SpaceStateChanged.TYPE, ZoneCountsChanged.TYPE))
    assert not shared & spaces
    assert not shared & counts
    assert not spaces & counts
    assert shared | spaces | counts == set(keys.PARTITIONS)
    assert set(keys.partitions_of([PlaceChanged.TYPE, SpaceEvidenceReordered.TYPE])) == shared
    assert set(keys.partitions_of([PlaceChanged.TYPE, SpaceStateChanged.TYPE])) == shared | spaces
    for space in SPACES:
        number = keys.partition_of(space, SpaceStateChanged.TYPE)
        assert number in spaces
        assert keys.shared_partition(number) == keys.partition_of(space, PlaceChanged.TYPE)


async def _published_before_families(redis: Redis, events: list[CloudEvent]) -> None:
    for event in events:
        name = keys.stream(keys.partition_of(event.subject, PlaceChanged.TYPE))
        await redis.xadd(name, {TYPE: event.type, SUBJECT: event.subject, EVENT: encode(event)})


async def _stood_before_families(redis: Redis, consumer: str) -> None:
    for partition in keys.SHARED_PARTITIONS:
        await redis.xgroup_create(keys.stream(partition), consumer, "0", mkstream=True)


@pytest.mark.service
async def test_what_lay_in_the_shared_partitions_is_heard_once_and_before_what_came_later(
    redis: Redis, redis_bus: RedisStreamsBus
) -> None:
    heard: dict[str, list[str]] = {"both": [], "spaces": []}
    trouble = ["space-0-state-1"]

    def listener(consumer: str, *types: str) -> Subscription:
        async def hear(event: CloudEvent) -> None:
            if consumer == "both" and event.id in trouble:
                trouble.remove(event.id)
                raise ValueError("once")
            heard[consumer].append(event.id)

        return Subscription(consumer=consumer, types=frozenset(types), handler=hear)

    listeners = [
        listener("both", PlaceChanged.TYPE, SpaceStateChanged.TYPE),
        listener("spaces", SpaceStateChanged.TYPE),
    ]
    await _published_before_families(redis, [state_changed(space, number) for number in (1, 2) for space in SPACES])
    for consumer in heard:
        await _stood_before_families(redis, consumer)
    await redis_bus.publish([state_changed(space, number) for number in (3, 4) for space in SPACES])
    await redis_bus.publish([place_changed(space, 1) for space in SPACES])
    async with running(redis_bus, *listeners):
        await eventually(lambda: (len(heard["both"]), len(heard["spaces"])) == (120, 96))
    for space in SPACES:
        in_order = [f"{space}-state-{number}" for number in (1, 2, 3, 4)]
        for names in heard.values():
            assert [name for name in names if name.startswith(f"{space}-state-")] == in_order
    assert trouble == []


@pytest.mark.service
async def test_consumer_has_a_place_only_in_the_families_that_it_wants(
    redis: Redis, redis_bus: RedisStreamsBus
) -> None:
    heard: list[str] = []

    async def hear(event: CloudEvent) -> None:
        heard.append(event.id)

    await redis_bus.publish([place_changed("zone-1", 1), *(state_changed(space, 1) for space in SPACES)])
    async with running(redis_bus, Subscription(consumer="c", types=frozenset({PlaceChanged.TYPE}), handler=hear)):
        await eventually(lambda: heard == ["zone-1-1"])
    standing = {place.partition for number in keys.PARTITIONS for place in await positions(redis, number)}
    assert standing == set(keys.SHARED_PARTITIONS)
