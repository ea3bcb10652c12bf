"""The broker of a machine without Mosquitto keeps the same promises: passwords, and what a device may say."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from amqtt.client import MQTTClient

from api.embedded.folder import DataFolder
from api.embedded.mqtt import MqttBroker, find_mosquitto, probe_mqtt

pytestmark = pytest.mark.service
WITHIN_S = 60


@pytest.fixture(params=["amqtt", "mosquitto"])
async def broker(request: pytest.FixtureRequest, open_folder: Path) -> AsyncIterator[MqttBroker]:
    mosquitto = find_mosquitto() if request.param == "mosquitto" else None
    if request.param == "mosquitto" and mosquitto is None:
        print("left out: Mosquitto is not installed, amqtt is tried twice")
    with DataFolder(open_folder) as folder:
        server = MqttBroker(folder, mosquitto)
        await server.start()
        yield server
        await server.stop()


async def test_user_is_refused_when_the_password_is_wrong(broker: MqttBroker) -> None:
    with pytest.raises(ConnectionError):
        await probe_mqtt("127.0.0.1", broker.listening_port, "device", "wrong")


async def test_device_is_heard_only_when_it_speaks_where_devices_speak(broker: MqttBroker) -> None:
    listener, device = _client(), _client()
    await listener.connect(broker.url)
    await listener.subscribe([("#", 1)])
    await device.connect(broker.device_url)
    for topic in ("city/orders", "parking/v1/site/sensor/event"):
        await device.publish(topic, b"here", qos=1)
    heard = await listener.deliver_message(timeout_duration=WITHIN_S)
    assert heard is not None
    assert heard.topic == "parking/v1/site/sensor/event"
    await device.disconnect()
    await listener.disconnect()


def _client() -> MQTTClient:
    return MQTTClient(config={"auto_reconnect": False})
