"""The real broker: what is acknowledged is gone, what is not comes again."""

import asyncio
from uuid import uuid4

import pytest

from devices.transport.mqtt_address import open_client
from devices.transport.mqtt_publisher import MqttPublisher
from devices.transport.mqtt_subscriber import MqttSubscriber
from devices.transport.ports import Delivery
from parking.domain.errors import InvalidInputError, UnavailableError


@pytest.fixture
def topic() -> str:
    return f"test/{uuid4().hex}"


def subscriber(url: str, topic: str) -> MqttSubscriber:
    return MqttSubscriber(url, client_id=f"sub-{topic[-12:]}", topics=[topic])


async def receive(source: MqttSubscriber, count: int) -> list[Delivery]:
    got: list[Delivery] = []
    async with asyncio.timeout(60):
        while len(got) < count:
            got += await source.receive(count - len(got))
    return got


async def establish(url: str, topic: str) -> None:
    """Leave a session with the subscription at the broker."""
    async with subscriber(url, topic) as source, MqttPublisher(url) as publisher, asyncio.TaskGroup() as group:
        first = group.create_task(receive(source, 1))
        async with asyncio.timeout(60):
            while not first.done():
                await publisher.publish(topic, b"hello")
                await asyncio.sleep(0.05)
        source.acknowledge(first.result())


async def test_order_is_kept_when_messages_wait_at_the_broker(mqtt_url: str, topic: str) -> None:
    await establish(mqtt_url, topic)
    async with MqttPublisher(mqtt_url) as publisher:
        await asyncio.gather(*(publisher.publish(topic, str(n).encode()) for n in range(50)))
    async with subscriber(mqtt_url, topic) as source:
        bodies: list[bytes] = []
        async with asyncio.timeout(60):
            while bodies[-1:] != [b"49"]:
                deliveries = await source.receive(10)
                source.acknowledge(deliveries)
                bodies += [delivery.payload for delivery in deliveries if delivery.payload != b"hello"]
    assert bodies == [str(n).encode() for n in range(50)]


async def test_message_comes_again_when_it_was_not_acknowledged(mqtt_url: str, topic: str) -> None:
    await establish(mqtt_url, topic)
    async with MqttPublisher(mqtt_url) as publisher:
        await publisher.publish(topic, b"important")
    for _ in range(2):
        async with subscriber(mqtt_url, topic) as source:
            seen: set[bytes] = set()
            while b"important" not in seen:
                seen |= {delivery.payload for delivery in await receive(source, 1)}


async def test_publisher_gives_up_when_no_broker_is_there() -> None:
    async with MqttPublisher("mqtt://127.0.0.1:1", patience_s=0.3) as publisher:
        with pytest.raises(UnavailableError):
            await publisher.publish("t", b"")


@pytest.mark.parametrize("url", ["", "localhost:1883", "http://localhost", "mqtt://"])
def test_address_is_refused_when_it_is_not_one_of_a_broker(url: str) -> None:
    with pytest.raises(InvalidInputError):
        open_client(url, client_id="x", keeps_session=True)
