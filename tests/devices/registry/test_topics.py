"""Topics find their adapters by shape."""

import pytest

from devices.registry import Route, TopicTable, installed
from devices.registry.topics import is_shape

UUID = "17c82e96-be03-4f38-aef3-f83d48582d97"


@pytest.mark.parametrize(
    ("topic", "route"),
    [
        ("v3/app@tenant/devices/dev1/up", Route(("things-stack-v3",), "")),
        ("v3/app@tenant/devices/dev1/join", Route(("things-stack-v3",), "")),
        ("v3/app@tenant/devices/dev1/down/push", None),
        (f"application/{UUID}/device/0101010101010101/event/up", Route(("chirpstack-v4", "chirpstack-v3"), "up")),
        ("application/1/device/0101010101010101/event/join", Route(("chirpstack-v4", "chirpstack-v3"), "join")),
        ("mqtt/things/0018B20000000B20/uplink", Route(("thingpark",), "")),
        ("mqtt/things/0018B20000000B20/downlink", None),
        ("application/1/device/2/event", None),
        ("", None),
    ],
)
def test_adapter_is_found_when_a_message_arrives(topic: str, route: Route | None) -> None:
    assert installed().topics.find(topic) == route
    assert installed().topics.find(topic) == route


def test_filters_cover_every_shape() -> None:
    filters = installed().topics.filters
    assert {"v3/+/devices/+/up", "application/+/device/+/event/+", "mqtt/things/+/uplink"} <= set(filters)
    assert not any("{" in text for text in filters)


def test_rest_of_a_topic_may_be_anything_when_its_shape_says_so() -> None:
    table = TopicTable([("+/onvif-ej/#", "camera")])
    assert table.find("north/onvif-ej/RuleEngine/Counter/&1/rule") == Route(("camera",), "")
    assert table.find("north/onvif-ej") == Route(("camera",), "")
    assert table.find("north/other/RuleEngine") is None
    assert table.filters == ("+/onvif-ej/#",)


@pytest.mark.parametrize("shape", ["a/b", "+/b", "a/#", "a/+/{event}", "a/{event}/+"])
def test_shape_is_taken_when_a_broker_would(shape: str) -> None:
    assert is_shape(shape)


@pytest.mark.parametrize(
    "shape", ["", "a", "#", "+/+", "a//b", "a/#/b", "a/{event}/{event}", "a/{device}", "a/b+", "a b/c"]
)
def test_shape_is_refused_when_no_broker_would_take_it(shape: str) -> None:
    assert not is_shape(shape)
