"""The writing end of the readings: durable, in order, shut when too much waits, and only ever failing in one way."""

import pytest
from redis.asyncio import Redis

from parking.domain.errors import UnavailableError
from parking.occupancy import keys
from parking.occupancy.evidence import Observation, decode_entry
from parking.occupancy.reading_stream import ENTRY_LIMIT, RedisReadingStream
from parking.occupancy.shards import shard_of
from parking.occupancy.streams import read_range
from tests.parking.occupancy.samples import reading, zone

SHARD = shard_of("z1")


async def stored(redis: Redis, shard: int = SHARD) -> list[list[Observation]]:
    entries = [decode_entry(fields) for _, fields in await read_range(redis, keys.readings(shard), "-", "+")]
    return [entry for entry in entries if isinstance(entry, list)]


async def test_readings_stand_in_order_in_entries_of_bounded_size(redis: Redis) -> None:
    readings = [reading(at_s=n) for n in range(ENTRY_LIMIT + 1)]
    stream = RedisReadingStream(redis)
    await stream.append(readings)
    entries = await stored(redis)
    assert [len(entry) for entry in entries] == [ENTRY_LIMIT, 1]
    assert [item for entry in entries for item in entry] == readings
    assert (await stream.backlog())[SHARD] == 2


async def test_every_zone_goes_to_its_own_shard(redis: Redis) -> None:
    other = next(f"z{n}" for n in range(99) if shard_of(f"z{n}") != SHARD)
    await RedisReadingStream(redis).append([reading(), reading(zone=other), reading(at_s=1)])
    assert [len(entry) for entry in await stored(redis)] == [2]
    assert [len(entry) for entry in await stored(redis, shard_of(other))] == [1]


async def test_nothing_is_written_when_nothing_is_appended(redis: Redis) -> None:
    await RedisReadingStream(redis).append([])
    assert await redis.keys("*") == []


async def test_door_is_shut_until_history_catches_up(redis: Redis) -> None:
    clock = iter(range(0, 100, 2))
    stream = RedisReadingStream(redis, high_water_bytes=20_000, monotonic=lambda: float(next(clock)))
    await stream.append([reading(at_s=n) for n in range(500)])
    with pytest.raises(UnavailableError) as refused:
        await stream.append([reading()])
    assert refused.value.code == "backlog_full"
    await redis.xtrim(keys.readings(SHARD), maxlen=0, approximate=False)
    await stream.append([reading()])


async def test_refusal_has_one_code_when_the_live_store_is_full(redis: Redis) -> None:
    stream = RedisReadingStream(redis)
    await redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(UnavailableError) as refused:
            await stream.append([reading()])
        with pytest.raises(UnavailableError):
            await stream.define_zone(zone("s1"))
    finally:
        await redis.config_set("maxmemory", "0")
    assert refused.value.code == "live_store_unavailable"


async def test_refusal_has_one_code_when_the_live_store_is_away() -> None:
    async with Redis.from_url("redis://127.0.0.1:1/0") as nobody:
        for call in (RedisReadingStream(nobody).append([reading()]), RedisReadingStream(nobody).backlog()):
            with pytest.raises(UnavailableError) as refused:
                await call
            assert refused.value.code == "live_store_unavailable"
