"""What a failover loses, measured: `python -m tests.cluster.losses [ROUNDS]` kills and stops primaries under load, with and without waiting."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from redis.asyncio import Redis

from parking.bus.connection import OUTAGES, open_redis
from parking.bus.replicas import replicated
from parking.occupancy import keys
from parking.occupancy.shards import SHARDS
from parking.occupancy.streams import read_range
from tests.cluster.nodes import Cluster

WRITERS: Final = 8
BEFORE_S: Final = 0.5


class Load:
    """Entries of numbered readings' size in every shard, and which of them were acknowledged when."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._over = False
        self.acknowledged: dict[tuple[str, bytes], float] = {}
        self.waits: list[float] = []

    async def run(self) -> None:
        await asyncio.gather(*(self._write(number) for number in range(WRITERS)))

    def stop(self) -> None:
        self._over = True

    async def _write(self, number: int) -> None:
        count = 0
        while not self._over:
            count += 1
            stream = keys.readings(SHARDS[(number + count) % len(SHARDS)])
            begun = time.perf_counter()
            try:
                async with self._redis.pipeline(transaction=False) as pipeline:
                    pipeline.xadd(stream, {b"n": f"{number}-{count}".encode(), b"d": b"x" * 120})
                    (entry_id,) = await replicated(self._redis, pipeline)
            except OUTAGES:
                await asyncio.sleep(0.01)
                continue
            self.acknowledged[stream, entry_id] = time.monotonic()
            self.waits.append(time.perf_counter() - begun)


async def one(cluster: Cluster, replicas: int, *, is_killed: bool) -> tuple[int, int, float, float]:
    """Lost, acknowledged, and of the waits the median and the greatest hundredth, in milliseconds."""
    await cluster.empty()
    redis = open_redis(cluster.url, replicas=replicas)
    load = Load(redis)
    running = asyncio.create_task(load.run())
    await asyncio.sleep(BEFORE_S)
    waits = sorted(load.waits)
    number, successor = await cluster.primary_of(keys.readings(0)), await cluster.replica_of(keys.readings(0))
    node = cluster.nodes[number]
    os.kill(node.pid, signal.SIGKILL if is_killed else signal.SIGSTOP)
    while (await cluster.ask(successor, "ROLE"))[0] != b"master":
        await asyncio.sleep(0.02)
    if is_killed:
        await node.start()
    else:
        os.kill(node.pid, signal.SIGCONT)
    await cluster.until_whole()
    load.stop()
    await running
    held = {
        (keys.readings(shard), entry_id.encode())
        for shard in SHARDS
        for entry_id, _ in await read_range(redis, keys.readings(shard), "-", "+")
    }
    lost = [written for written in load.acknowledged if written not in held]
    await redis.aclose()
    return len(lost), len(load.acknowledged), waits[len(waits) // 2] * 1e3, waits[len(waits) * 99 // 100] * 1e3


async def main(rounds: int) -> None:
    path = Path(tempfile.mkdtemp(prefix="parking-losses-"))
    cluster = Cluster(path)
    await cluster.start()
    try:
        for replicas in (0, 1):
            for is_killed in (True, False):
                found = [await one(cluster, replicas, is_killed=is_killed) for _ in range(rounds)]
                lost, written = sum(each[0] for each in found), sum(each[1] for each in found)
                how = "killed" if is_killed else "hung and woke"
                print(
                    f"replicas {replicas}, {how}: {lost} of {written} acknowledged entries lost, at most"
                    f" {max(each[0] for each in found)} at once; an append {found[0][2]:.1f} ms, p99 {found[0][3]:.1f} ms"
                )
    finally:
        await cluster.stop()
        shutil.rmtree(path)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
