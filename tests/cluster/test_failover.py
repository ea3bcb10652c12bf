"""A primary is killed, or hangs and comes back, under traffic: its replica takes over, and what was promised is there."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from parking.db.unit_of_work import Database
from parking.occupancy import keys
from parking.occupancy.shards import shard_of
from tests.cluster.nodes import Cluster
from tests.cluster.traffic import ZONES, Scene, city
from tests.parking.occupancy.live import until

pytestmark = [pytest.mark.service, pytest.mark.chaos]
KEY = keys.readings(shard_of(ZONES[0]))


@asynccontextmanager
async def killed(cluster: Cluster, number: int) -> AsyncIterator[None]:
    node = cluster.nodes[number]
    os.kill(node.pid, signal.SIGKILL)
    await node.ended()
    try:
        yield
    finally:
        await node.start()


@asynccontextmanager
async def hung(cluster: Cluster, number: int) -> AsyncIterator[None]:
    """It takes what is sent to it and answers when it wakes, before it hears that it was replaced."""
    os.kill(cluster.nodes[number].pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(cluster.nodes[number].pid, signal.SIGCONT)


async def replaced(cluster: Cluster, scene: Scene, misfortune: AsyncIterator[None], number: int) -> list[str]:
    """The zones of that primary, once its replica has taken over and they go on."""
    home = {zone_id: await cluster.primary_of(keys.readings(shard_of(zone_id))) for zone_id in ZONES}
    lost = [zone_id for zone_id, node in home.items() if node == number]
    elsewhere = [zone_id for zone_id in ZONES if zone_id not in lost]
    successor = await cluster.replica_of(KEY)
    async with misfortune:  # type: ignore[attr-defined]
        await scene.until_more(elsewhere, 5)

        async def is_promoted() -> bool:
            role: list[bytes] = await cluster.ask(successor, "ROLE")
            return role[0] == b"master"

        await until(is_promoted)
    return lost


@pytest.mark.parametrize("misfortune", [killed, hung])
async def test_nothing_promised_is_lost_or_doubled_when_a_primary_is_replaced(
    redis_url: str, cluster: Cluster, database: Database, misfortune: object
) -> None:
    number = await cluster.primary_of(KEY)
    async with city(redis_url, database, replicas=1) as (scene, over):
        await scene.until_more(list(ZONES), 5)
        lost = await replaced(cluster, scene, misfortune(cluster, number), number)  # type: ignore[operator]
        await cluster.until_whole()
        await scene.until_more(lost, 5)
        over.set()
        kept = await scene.until_settled()
    promised = {event_id for ids in scene.promised.values() for event_id in ids}
    assert {event_id for event_id, count in kept.items() if count != 1} == set()
    assert promised <= kept.keys()
    assert sum(scene.refused.values()) > 0
    scene.assert_told_in_order()
    assert await cluster.primary_of(KEY) != number
