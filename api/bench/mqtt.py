"""`parking bench mqtt`: messages a second from a real broker to the live store, in one process.

The messages are published while the subscriber is away, which has left a session behind; when it comes back, the
broker hands them over as fast as they are taken. What is measured is therefore the way in and not a publisher.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

import uvloop
from redis.asyncio import Redis

from api.bench.frames import CHIRPSTACK, THINGS_STACK, Sensors, Sent, messages
from api.bench.report import Figure
from api.bench.rig import throwaway_folder
from api.bench.statistics import median
from api.embedded.folder import DataFolder
from api.embedded.mqtt import MqttBroker, find_mosquitto
from api.embedded.valkey import ValkeyServer
from devices.ingest.mqtt import BATCH, MqttIngest
from devices.ingest.service import IngestService
from devices.ingest.uplinks import UplinkService
from devices.registry import installed
from devices.transport.mqtt_publisher import MqttPublisher
from devices.transport.mqtt_subscriber import MqttSubscriber
from parking.domain.clock import utc_now
from parking.occupancy import keys
from parking.occupancy.evidence import Observation
from parking.occupancy.shards import SHARDS
from parking.raw.inbox import RedisInbox
from parking.raw.model import STREAM, RawMessage

SENSORS: Final = 10_000
TARGET: Final = 15_000.0
TOPICS: Final = ("v3/+/devices/+/up", "application/+/device/+/event/+")
PROBE: Final = b'{"end_device_ids":{"dev_eui":"70B3D57E00000000"},"downlink_ack":{}}'
"""Says nothing of a space; with it the subscription is known to stand."""
TOGETHER: Final = 500
"""Messages that wait for the broker's confirmation at a time while they are published."""


def measure_mqtt(*, messages: int, rounds: int) -> tuple[list[Figure], str]:
    """Medians over the rounds, and the name of the broker."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(messages, rounds))


async def _measure(number: int, rounds: int) -> tuple[list[Figure], str]:
    async with _servers() as (broker, store):
        bare, stored, spent = [], [], []
        for _ in range(rounds):
            bare.append(await _bare(broker, number))
            rate, cpu_us = await _stored(broker, store, number)
            stored.append(rate)
            spent.append(cpu_us)
    return [
        Figure(
            name="messages from the broker to the live store",
            value=median(stored),
            unit="messages/s",
            limit=median(bare),
            target=TARGET,
        ),
        Figure(name="processor time of a message in this process", value=median(spent), unit="us"),
    ], "amqtt" if broker.mosquitto is None else "mosquitto"


@asynccontextmanager
async def _servers() -> AsyncIterator[tuple[MqttBroker, ValkeyServer]]:
    with throwaway_folder() as path, DataFolder(path) as folder:
        broker, store = MqttBroker(folder, find_mosquitto()), ValkeyServer(folder)
        for server in (broker, store):
            await server.start()
        try:
            yield broker, store
        finally:
            for server in (broker, store):
                await server.stop()


async def _bare(broker: MqttBroker, number: int) -> float:
    """How fast the broker hands over to a subscriber that only acknowledges."""
    client_id = await _session(broker)
    await _publish(broker, _mixed(Sensors(SENSORS), number))
    seen = 0
    began = time.perf_counter()
    async with MqttSubscriber(broker.url, client_id=client_id, topics=TOPICS) as subscriber:
        while seen < number:
            deliveries = await subscriber.receive(BATCH)
            subscriber.acknowledge(deliveries)
            seen += len(deliveries)
        return number / (time.perf_counter() - began)


async def _stored(broker: MqttBroker, store: ValkeyServer, number: int) -> tuple[float, float]:
    """Messages a second until the last one stands in the live store, and this process's time for each, in microseconds."""
    sensors = Sensors(SENSORS)
    client_id = await _session(broker)
    await _publish(broker, _mixed(sensors, number))
    async with Redis.from_url(store.url) as redis:
        inbox = _Counting(redis)
        ingest = IngestService(sensors, inbox, utc_now)
        door = MqttIngest(broker.url, UplinkService(sensors, ingest, installed(), utc_now), ingest, client_id=client_id)
        began, cpu = time.perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as group:
            running = group.create_task(door.run())
            await inbox.until(number)
            seconds, spent = time.perf_counter() - began, time.process_time() - cpu
            running.cancel()
        await redis.delete(STREAM, *(keys.readings(shard) for shard in SHARDS))
    return number / seconds, spent / number * 1e6


class _Counting(RedisInbox):
    """The real inbox, which says when so many observations are durable."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._appended = 0
        self._changed = asyncio.Event()

    async def append(self, observations: Sequence[Observation], messages: Sequence[RawMessage]) -> None:
        await super().append(observations, messages)
        self._appended += len(observations)
        self._changed.set()

    async def until(self, number: int) -> None:
        while self._appended < number:
            self._changed.clear()
            await self._changed.wait()


async def _session(broker: MqttBroker) -> str:
    """Leave a session with the subscriptions at the broker."""
    client_id = f"bench-{uuid4().hex[:12]}"
    probe = Sent("v3/probe/devices/probe/up", PROBE)
    async with (
        MqttSubscriber(broker.url, client_id=client_id, topics=TOPICS) as subscriber,
        MqttPublisher(broker.url) as publisher,
        asyncio.TaskGroup() as group,
    ):
        heard = group.create_task(subscriber.receive(1))
        while not heard.done():
            await publisher.publish(*probe)
        await asyncio.sleep(0)
        subscriber.acknowledge(heard.result())
    return client_id


async def _publish(broker: MqttBroker, sent: Sequence[Sent]) -> None:
    async with MqttPublisher(broker.url) as publisher:
        for start in range(0, len(sent), TOGETHER):
            await asyncio.gather(*(publisher.publish(*message) for message in sent[start : start + TOGETHER]))


def _mixed(sensors: Sensors, number: int) -> list[Sent]:
    """Half of each platform: sensors of the first half of the registry speak through one, the others through the other."""
    now = utc_now()
    whole: list[Sent] = []
    for source in (THINGS_STACK, CHIRPSTACK):
        whole += messages(source, sensors, number=number // 2 + number % 2 * (source == THINGS_STACK), at=now)
    return whole
