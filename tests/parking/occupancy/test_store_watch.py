"""What the live store says of itself, and whether readings may come in then: pure, and against the real server."""

from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from parking.domain.errors import UnavailableError
from parking.occupancy import keys
from parking.occupancy.reading_stream import RedisReadingStream
from parking.occupancy.shards import SHARD_COUNT, shard_of
from parking.occupancy.store_report import (
    HIGH_WATER_BYTES,
    MOST_WAITING_BYTES,
    RAW_HIGH_WATER_BYTES,
    StoreReport,
    raw_may_fill,
    readings_may_fill,
    refusal_of,
    report_of,
    together,
)
from parking.occupancy.store_watch import StoreWatch
from tests.parking.occupancy.samples import reading, zone

SHARD = shard_of("z1")
MEBIBYTE = 1024 * 1024
WELL = StoreReport(
    used_bytes=10 * MEBIBYTE,
    max_bytes=0,
    policy="noeviction",
    evicted_keys=0,
    is_journaled=True,
    is_journal_written=True,
    is_rewrite_well=True,
    fsync="always",
    is_replica=False,
)


def seconds() -> Any:  # noqa: ANN401 - a clock
    """A clock on which every look is due."""
    moments = iter(range(0, 10_000, 2))
    return lambda: float(next(moments))


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        (None, {}),
        (None, {"fsync": None}),
        (None, {"max_bytes": 13 * MEBIBYTE}),
        ("live_store_full", {"max_bytes": 12 * MEBIBYTE}),
        ("live_store_evicts", {"policy": "allkeys-lru"}),
        ("live_store_evicts", {"policy": "volatile-ttl", "is_journaled": False}),
        ("live_store_not_durable", {"is_journaled": False, "fsync": None}),
        ("live_store_not_durable", {"fsync": "everysec"}),
        ("live_store_unwritable", {"is_journal_written": False}),
        ("live_store_read_only", {"is_replica": True}),
    ],
)
def test_store_is_trusted_when_it_keeps_what_it_takes_and_at_no_other_time(
    code: str | None, changed: dict[str, Any]
) -> None:
    refusal = refusal_of(replace(WELL, **changed))
    assert (None if refusal is None else refusal.code) == code


@pytest.mark.parametrize(
    "changed",
    [{"policy": "allkeys-lru"}, {"is_journaled": False}, {"fsync": "no"}, {"is_replica": True}, {"max_bytes": 11}],
)
def test_cluster_is_as_bad_as_the_worst_of_its_servers(changed: dict[str, Any]) -> None:
    ill = replace(WELL, **changed)
    for servers in ([WELL, ill, WELL], [ill, WELL], [WELL, ill]):
        assert refusal_of(together(servers)) == refusal_of(ill)
    assert refusal_of(together([WELL, WELL])) is None


def test_server_that_tells_less_is_taken_to_be_well() -> None:
    assert refusal_of(report_of({}, None)) is None


def test_what_may_wait_keeps_to_its_share_of_the_memory() -> None:
    assert (readings_may_fill(0), raw_may_fill(0)) == (HIGH_WATER_BYTES, RAW_HIGH_WATER_BYTES)
    assert SHARD_COUNT * HIGH_WATER_BYTES + RAW_HIGH_WATER_BYTES == MOST_WAITING_BYTES
    for mebibytes in (32, 256, 1024, 4096, 65536):
        most = mebibytes * MEBIBYTE
        waiting = SHARD_COUNT * readings_may_fill(most)
        assert waiting <= min(most // 4, SHARD_COUNT * HIGH_WATER_BYTES)
        # The changes of these readings, when each is one, the bodies, and the fifth for the work.
        assert waiting + waiting * 3 // 2 + raw_may_fill(most) + most // 5 <= most


async def test_every_way_to_lose_or_refuse_is_said_with_its_code_when_the_server_is_so_set(redis: Redis) -> None:
    watch = StoreWatch(redis, monotonic=seconds())
    stream = RedisReadingStream(redis, watch)

    async def code_of() -> str | None:
        try:
            await stream.append([reading()])
        except UnavailableError as error:
            return error.code
        return None

    assert await code_of() is None
    used = int((await redis.info("memory"))["used_memory"])
    for setting, bad, good, code in (
        ("maxmemory-policy", "allkeys-lru", "noeviction", "live_store_evicts"),
        ("appendfsync", "everysec", "always", "live_store_not_durable"),
        ("appendonly", "no", "yes", "live_store_not_durable"),
        ("maxmemory", str(used + used // 9), "0", "live_store_full"),
    ):
        await redis.config_set(setting, bad)
        try:
            assert await code_of() == code
            assert set(watch.shut) == {code}
            assert len(watch.why) == 1
        finally:
            await redis.config_set(setting, good)
        assert await code_of() is None
        assert not watch.shut
        assert not watch.why


async def test_command_that_meets_a_full_store_says_so_though_the_look_before_it_was_well(redis: Redis) -> None:
    stream = RedisReadingStream(redis)
    await stream.append([reading()])
    await redis.config_set("maxmemory", "1")
    try:
        for call in (stream.append([reading()]), stream.define_zone(zone("s1"))):
            with pytest.raises(UnavailableError) as refused:
                await call
            assert refused.value.code == "live_store_full"
    finally:
        await redis.config_set("maxmemory", "0")


async def test_cause_of_a_full_backlog_is_told_when_engine_or_history_stands_still(redis: Redis) -> None:
    watch = StoreWatch(redis, high_water_bytes=20_000, monotonic=seconds())
    stream = RedisReadingStream(redis, watch)
    await stream.append([reading(at_s=n) for n in range(500)])
    await stream.append([])

    async def cause() -> object:
        with pytest.raises(UnavailableError) as refused:
            await stream.append([reading()])
        assert refused.value.code == "backlog_full"
        return refused.value.fields["cause"]

    assert await cause() == "no_engine"
    await redis.set(keys.lease(SHARD), "1")
    await redis.hset(keys.meta(SHARD), "position", "0-1")
    assert await cause() == "engine_behind"
    last = (await redis.xinfo_stream(keys.readings(SHARD)))["last-generated-id"]
    await redis.hset(keys.meta(SHARD), "position", last)
    assert await cause() == "history_behind"
    await redis.xtrim(keys.readings(SHARD), maxlen=0, approximate=False)
    await stream.append([reading()])
