"""The client of a cluster behaves as that of one server: over slots, over a moved slot, and after a forgotten script."""

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ClusterDownError, DataError, RedisError, ResponseError

from api.embedded.folder import free_port
from parking.bus.connection import open_redis
from parking.bus.slots import slot_of
from parking.occupancy.shards import SHARDS
from parking.occupancy.streams import START, read_streams
from tests.cluster.nodes import PASSWORD, Cluster

pytestmark = pytest.mark.service
STREAMS = [f"test:{{{shard}}}" for shard in SHARDS]


async def test_streams_of_many_slots_are_read_as_one(redis: Redis) -> None:
    async with redis.pipeline(transaction=False) as pipeline:
        for number, stream in enumerate(STREAMS):
            pipeline.xadd(stream, {b"n": number})
        written = [answer.decode() for answer in await pipeline.execute()]
    reached = dict.fromkeys(STREAMS, START)
    heard: dict[str, bytes] = {}
    while len(heard) < len(STREAMS):
        for stream, entries in (await read_streams(redis, reached, count=10, block_ms=1000)).items():
            ((reached[stream], fields),) = entries
            assert stream not in heard
            heard[stream] = fields[b"n"]
    assert [int(heard[stream]) for stream in STREAMS] == list(range(len(STREAMS)))
    assert [reached[stream] for stream in STREAMS] == written

    assert await read_streams(redis, reached, count=10, block_ms=20) == {}
    waiting = asyncio.create_task(read_streams(redis, reached, count=10, block_ms=5000))
    await asyncio.sleep(0)
    await redis.xadd(STREAMS[3], {b"n": 99})
    assert [fields for _, fields in (await waiting)[STREAMS[3]]] == [{b"n": b"99"}]


async def test_errors_come_from_the_command_they_belong_to(redis: Redis) -> None:
    await redis.set("a", "text")
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.get("a")
        pipeline.xlen("a")
        pipeline.get("b")
        answers = await pipeline.execute(raise_on_error=False)
    assert answers[0] == b"text"
    assert isinstance(answers[1], ResponseError)
    assert answers[2] is None
    pipeline = redis.pipeline(transaction=False)
    pipeline.xlen("a")
    with pytest.raises(ResponseError, match=r"Command # 1 \(XLEN a\)"):
        await pipeline.execute()


async def test_a_transaction_is_whole_on_one_slot_and_refused_over_two(redis: Redis) -> None:
    async with redis.pipeline(transaction=True) as pipeline:
        pipeline.set("{x}a", 1)
        pipeline.incr("{x}a")
        assert await pipeline.execute() == [True, 2]
    async with redis.pipeline(transaction=True) as pipeline:
        pipeline.set("a", 1)
        pipeline.set("b", 1)
        with pytest.raises(ClusterDownError):
            await pipeline.execute()
    assert await redis.get("a") is None


async def test_a_command_without_a_key_is_asked_of_nobody(redis: Redis) -> None:
    with pytest.raises(DataError):
        await redis.ping()


async def test_a_script_is_sent_where_it_is_not_known(redis: Redis, cluster: Cluster) -> None:
    script = redis.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    assert [await script(keys=[stream], args=[2]) for stream in STREAMS] == [2] * len(STREAMS)
    for number in await cluster.primaries():
        await cluster.ask(number, "SCRIPT", "FLUSH")
    assert [await script(keys=[stream], args=[1]) for stream in STREAMS] == [3] * len(STREAMS)


async def test_a_slot_on_its_way_and_after_is_followed(redis: Redis, cluster: Cluster) -> None:
    """ASK while keys move one by one, MOVED afterwards; nothing is done twice."""
    slot = slot_of("{moving}a")
    primaries = await cluster.primaries()
    names = {number: (await cluster.ask(number, "CLUSTER", "MYID")).decode() for number in primaries}
    rows = {number: await cluster.ask(number, "CLUSTER", "COUNTKEYSINSLOT", slot) for number in primaries}
    await redis.rpush("{moving}a", "1")
    (source,) = [n for n in primaries if await cluster.ask(n, "CLUSTER", "COUNTKEYSINSLOT", slot) > rows[n]]
    target = next(number for number in primaries if number != source)
    await cluster.ask(target, "CLUSTER", "SETSLOT", slot, "IMPORTING", names[source])
    await cluster.ask(source, "CLUSTER", "SETSLOT", slot, "MIGRATING", names[target])

    assert await redis.rpush("{moving}a", "2") == 2
    assert await redis.rpush("{moving}b", "3") == 1
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.rpush("{moving}a", "4")
        pipeline.rpush("{moving}b", "5")
        pipeline.rpush("elsewhere", "6")
        assert await pipeline.execute() == [3, 2, 1]
    assert await cluster.ask(target, "CLUSTER", "COUNTKEYSINSLOT", slot) == 1

    port = cluster.nodes[target].listening_port
    await cluster.ask(source, "MIGRATE", "127.0.0.1", port, "{moving}a", 0, 5000, "AUTH", PASSWORD)
    for number in (target, source):
        await cluster.ask(number, "CLUSTER", "SETSLOT", slot, "NODE", names[target])
    assert await redis.rpush("{moving}a", "7") == 4
    async with redis.pipeline(transaction=True) as pipeline:
        pipeline.rpush("{moving}a", "8")
        pipeline.rpush("{moving}b", "9")
        assert await pipeline.execute() == [5, 3]
    assert await redis.lrange("{moving}a", 0, -1) == [b"1", b"2", b"4", b"7", b"8"]


async def test_an_address_where_nobody_is_is_an_outage(cluster: Cluster) -> None:
    nobody = open_redis(f"redis://127.0.0.1:{free_port()}/?cluster=true")
    with pytest.raises(RedisError, match="no node of the cluster answers"):
        await nobody.get("a")
    await nobody.aclose()
    one_is_enough = open_redis(cluster.url.replace("@", f"@127.0.0.1:{free_port()},", 1))
    assert await one_is_enough.get("nothing") is None
    await one_is_enough.aclose()
