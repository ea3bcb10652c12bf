"""Readings over MQTT: acknowledged when stored, kept by the broker until then."""

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from devices.ingest.mqtt import MqttIngest
from devices.ingest.service import IngestService
from devices.ingest.uplinks import UplinkService
from devices.inventory.model import DeviceEntry
from devices.registry import installed
from devices.transport.memory import MemoryBroker
from devices.transport.mqtt_publisher import MqttPublisher
from tests.devices.ingest.streams import NOW, FixedDirectory, MemoryStream, entry

EUI = "0004a30b001c0530"
DEVICES = (entry("d1"), entry(EUI, profile=("Bosch", "TPS110", "0.29")))


def ingest(url: str = "mqtt://127.0.0.1:1", *entries: DeviceEntry) -> tuple[MqttIngest, MemoryStream]:
    stream = MemoryStream()
    directory = FixedDirectory(*(entries or DEVICES))
    service = IngestService(directory, stream, lambda: NOW)
    uplinks = UplinkService(directory, service, installed(), lambda: NOW)
    return MqttIngest(url, uplinks, service, client_id=f"test-{uuid4().hex[:12]}"), stream


def statement(sequence: int = 0) -> bytes:
    at = NOW - timedelta(seconds=60) + timedelta(milliseconds=sequence)
    return json.dumps({"observed_at": at.isoformat(), "status": "free", "sequence": sequence}).encode()


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def test_each_topic_is_read_in_its_own_way_when_messages_arrive() -> None:
    broker = MemoryBroker()
    door, stream = ingest()
    things_stack = {"end_device_ids": {"dev_eui": EUI}, "uplink_message": {"f_port": 1, "frm_payload": "AQ=="}}
    chirpstack = {"deviceInfo": {"devEui": EUI}, "deduplicationId": "x", "fPort": 2, "data": "AAA="}
    await broker.publish("v3/app@tenant/devices/dev1/up", json.dumps(things_stack).encode())
    await broker.publish("application/1/device/2/event/up", json.dumps(chirpstack).encode())
    await broker.publish("application/1/device/2/event/join", json.dumps(chirpstack).encode())
    await broker.publish("parking/v1/site/d1/event", statement())
    async with asyncio.TaskGroup() as group:
        consuming = group.create_task(door.consume(broker))
        await until(lambda: broker.pending == 0)
        consuming.cancel()
    assert [(seen.device_id, seen.kind) for seen in stream.observations] == [
        (EUI, "change"),
        (EUI, "restate"),
        ("d1", "change"),
    ]


async def test_refusal_is_logged_once_when_a_device_keeps_sending_what_it_may_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = MemoryBroker()
    door, stream = ingest()
    for _ in range(3):
        await broker.publish("parking/v1/site/stranger/event", statement())
        await broker.publish("elsewhere", b"")
    with caplog.at_level(logging.WARNING, logger="devices.ingest.mqtt"):
        async with asyncio.TaskGroup() as group:
            consuming = group.create_task(door.consume(broker))
            await until(lambda: broker.pending == 0)
            consuming.cancel()
    assert len(caplog.records) == 2
    assert stream.observations == []


async def test_nothing_is_acknowledged_when_the_live_store_is_away() -> None:
    broker = MemoryBroker()
    door, stream = ingest()
    stream.is_down = True
    for sequence in range(5):
        await broker.publish("parking/v1/site/d1/event", statement(sequence))
    async with asyncio.TaskGroup() as group:
        consuming = group.create_task(door.consume(broker))
        await until(lambda: stream.refusals > 1)
        assert broker.pending == 5
        stream.is_down = False
        await until(lambda: broker.pending == 0)
        consuming.cancel()
    assert [seen.sequence for seen in stream.observations] == [0, 1, 2, 3, 4]


async def test_messages_are_stored_in_order_when_they_come_through_the_real_broker(mqtt_url: str) -> None:
    door, stream = ingest(mqtt_url)
    count = 300
    async with asyncio.TaskGroup() as group, MqttPublisher(mqtt_url) as publisher:
        running = group.create_task(door.run())
        await until_heard(publisher, stream)
        await asyncio.gather(*(publisher.publish("parking/v1/s/d1/event", statement(n + 1)) for n in range(count)))
        await until(lambda: len(stream.observations) > count)
        running.cancel()
    sequences = [seen.sequence for seen in stream.observations]
    assert sequences == sorted(set(sequences), key=lambda n: n or 0)


async def test_message_is_kept_by_the_broker_when_the_platform_is_away(mqtt_url: str) -> None:
    door, stream = ingest(mqtt_url)
    async with MqttPublisher(mqtt_url) as publisher:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(door.run())
            await until_heard(publisher, stream)
            stream.is_down = True
            await publisher.publish("parking/v1/s/d1/event", statement(1))
            running.cancel()
        await publisher.publish("parking/v1/s/d1/event", statement(2))
        stream.is_down = False
        async with asyncio.TaskGroup() as group:
            running = group.create_task(door.run())
            await until(lambda: len(stream.observations) >= 3)
            running.cancel()
    assert [seen.sequence for seen in stream.observations] == [0, 1, 2]


async def test_all_messages_pass_once_when_thousands_wait_at_the_door() -> None:
    broker = MemoryBroker()
    door, stream = ingest()
    count = 5_000
    for sequence in range(count):
        await broker.publish("parking/v1/site/d1/event", statement(sequence))
    async with asyncio.TaskGroup() as group:
        consuming = group.create_task(door.consume(broker))
        await until(lambda: broker.pending == 0)
        consuming.cancel()
    assert [seen.sequence for seen in stream.observations] == list(range(count))


async def until_heard(publisher: MqttPublisher, stream: MemoryStream) -> None:
    """Publish until the subscription stands; the repeats are duplicates."""
    async with asyncio.timeout(60):
        while not stream.observations:
            await publisher.publish("parking/v1/s/d1/event", statement(0))
            await asyncio.sleep(0.05)
