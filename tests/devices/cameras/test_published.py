"""What cameras publish over MQTT: below their own id, beside the readings of sensors, stored before it is acknowledged."""

import asyncio
import json
import logging
from collections.abc import Callable

import pytest

from devices.ingest.mqtt import MqttIngest
from devices.ingest.service import IngestService
from devices.ingest.uplinks import UplinkService
from devices.registry import installed
from devices.transport.memory import MemoryBroker
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from tests.devices.cameras.city import CameraCity, camera_city
from tests.devices.ingest.streams import FixedDirectory, MemoryStream, entry

pytestmark = pytest.mark.service
TOPIC = "parking/v1/cameras/{camera}/onvif-ej/RuleEngine/CountAggregation/OccupancyCounter/&1/bay-A-12"


def counted(number: int) -> bytes:
    return json.dumps({"UtcTime": utc_now().isoformat(), "Data": {"Count": number}}).encode()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def consumed(city: CameraCity, broker: MemoryBroker) -> MemoryStream:
    """What is left to the readings of sensors, when the broker has nothing more to bring."""
    stream, directory = MemoryStream(), FixedDirectory(entry("d1"))
    ingest = IngestService(directory, stream, utc_now)
    uplinks = UplinkService(directory, ingest, installed(), utc_now)
    door = MqttIngest("mqtt://127.0.0.1:1", uplinks, ingest, city.intake, client_id="test")
    consuming = asyncio.ensure_future(door.consume(broker))
    try:
        await until(lambda: broker.pending == 0)
    finally:
        consuming.cancel()
        await asyncio.gather(consuming, return_exceptions=True)
    return stream


async def test_bay_changes_when_its_rule_counts_and_sensors_are_heard_beside(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    city = await camera_city(database, adapter="onvif")
    broker = MemoryBroker()
    with caplog.at_level(logging.WARNING):
        await broker.publish(TOPIC.format(camera="C1"), counted(1))
        await broker.publish(TOPIC.format(camera="stranger"), counted(1))
        await broker.publish(TOPIC.format(camera="C1"), b"no event")
        await broker.publish(
            "parking/v1/site/d1/event", json.dumps({"observed_at": utc_now().isoformat(), "status": "free"}).encode()
        )
        beside = await consumed(city, broker)
    assert [(one.device_id, one.kind, one.status) for one in city.stream.observations] == [
        ("C1:A-12", "change", "occupied")
    ]
    assert [one.device_id for one in beside.observations] == ["d1"]
    assert "unknown_device" in caplog.text
    assert "json_invalid" in caplog.text
