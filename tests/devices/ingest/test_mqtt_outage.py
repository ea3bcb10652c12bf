"""The broker dies and comes back: the platform finds it again and goes on storing in order."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from api.embedded.folder import DataFolder
from api.embedded.mqtt import MqttBroker, find_mosquitto
from devices.transport.mqtt_publisher import MqttPublisher
from tests.devices.ingest.streams import MemoryStream
from tests.devices.ingest.test_mqtt import ingest, statement, until

TOPIC = "parking/v1/s/d1/event"
ROUNDS = (0, 100, 200)
COUNT = 50


@pytest.mark.service
@pytest.mark.parametrize("mosquitto", [find_mosquitto(), None], ids=["preferred", "amqtt"])
async def test_messages_are_stored_in_order_when_the_broker_is_killed_between_them(
    open_folder: Path, mosquitto: Path | None
) -> None:
    with DataFolder(open_folder) as folder:
        broker = MqttBroker(folder, mosquitto)
        await broker.start()
        door, stream = ingest(broker.url)
        async with asyncio.TaskGroup() as group, MqttPublisher(broker.url) as publisher:
            running = group.create_task(door.run())
            for first in ROUNDS:
                if first > 0:
                    os.kill(broker.pid, signal.SIGKILL)
                    await broker.ended()
                    await broker.start()
                await _until_subscribed(publisher, stream, first)
                await asyncio.gather(*(publisher.publish(TOPIC, statement(first + n)) for n in range(1, COUNT)))
                await _until_last_is(stream, first + COUNT - 1)
            running.cancel()
        await broker.stop()
    assert [seen.sequence for seen in stream.observations] == [first + n for first in ROUNDS for n in range(COUNT)]


async def _until_subscribed(publisher: MqttPublisher, stream: MemoryStream, sequence: int) -> None:
    """A broker that lost its sessions drops what nobody has subscribed to yet; the repeats are duplicates."""
    async with asyncio.timeout(30):
        while not stream.observations or stream.observations[-1].sequence != sequence:
            await publisher.publish(TOPIC, statement(sequence))
            await asyncio.sleep(0.05)


async def _until_last_is(stream: MemoryStream, sequence: int) -> None:
    await until(lambda: stream.observations[-1].sequence == sequence)
