"""The measurements of devices run whole, over few messages: every figure is there and none is nonsense."""

import asyncio
import gc
from collections.abc import Iterator

import pytest

from api.bench.decode import measure_decode
from api.bench.frames import CHIRPSTACK, THINGS_STACK, Sensors, messages
from api.bench.mqtt import measure_mqtt
from devices.registry import installed
from parking.domain.clock import utc_now


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """A measurement sets the collector of its process, which the other tests keep as it was."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_each_stage_of_decoding_is_measured_beside_its_limit() -> None:
    figures = measure_decode(seconds=0.01, rounds=1)
    assert len(figures) == 5
    assert all(figure.limit is not None and 0 < figure.value < figure.limit for figure in figures)
    assert [figure.target for figure in figures if "admitted" in figure.name] == [100_000, 100_000]


@pytest.mark.service
async def test_messages_are_counted_from_the_broker_to_the_live_store() -> None:
    # The measurement has an event loop of its own kind.
    (rate, spent), broker = await asyncio.to_thread(measure_mqtt, messages=1_000, rounds=1)
    assert broker in {"mosquitto", "amqtt"}
    assert rate.limit is not None
    assert rate.value > 0
    assert rate.target == 15_000
    assert spent.value > 0


@pytest.mark.parametrize("source", [THINGS_STACK, CHIRPSTACK])
def test_frames_are_distinct_and_come_by_topics_of_their_platform(source: str) -> None:
    sensors = Sensors(10)
    sent = messages(source, sensors, number=40, at=utc_now())
    uplinks = [installed().platform(source).parse(message.body, event="up")[0] for message in sent]
    assert len({(uplink.device_id, uplink.sequence) for uplink in uplinks}) == 40
    assert {uplink.device_id for uplink in uplinks} == set(sensors.ids)
    for message in sent:
        route = installed().topics.find(message.topic)
        assert route is not None
        assert source in route.sources
