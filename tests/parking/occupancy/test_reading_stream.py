"""The writing end of the readings: durable, in order, and only ever failing in one way; see also `test_store_watch`."""

import pytest
from redis.asyncio import Redis

from parking.bus.connection import open_redis
from parking.domain.errors import UnavailableError
from parking.occupancy import keys
from parking.occupancy.evidence import Observation, decode_entry
from parking.occupancy.reading_stream import ENTRY_LIMIT, RedisReadingStream
from parking.occupancy.shards import shard_of
from parking.occupancy.streams import read_range
from tests.parking.occupancy.samples import reading

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


async def test_refusal_has_one_code_when_the_live_store_is_away() -> None:
    async with Redis.from_url("redis://127.0.0.1:1/0") as nobody:
        for call in (RedisReadingStream(nobody).append([reading()]), RedisReadingStream(nobody).backlog()):
            with pytest.raises(UnavailableError) as refused:
                await call
            assert refused.value.code == "live_store_unavailable"


async def test_one_server_without_replicas_promises_nothing_where_they_are_asked_for(redis_url: str) -> None:
    waiting = open_redis(redis_url, replicas=1)
    with pytest.raises(UnavailableError) as refused:
        await RedisReadingStream(waiting).append([reading()])
    assert refused.value.code == "replicas_behind"
    await waiting.aclose()
