"""Messages of OneNET: data points of both ages, notices of a thing model, and what is about the network."""

import json
from pathlib import Path
from typing import Any

import pytest

from devices.adapters.nbiot_onenet.adapter import PLATFORM
from devices.ports import PayloadError, Uplink
from parking.domain.clock import parse_instant

CAPTURED = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())


def parse(body: object) -> Uplink:
    (uplink,) = PLATFORM.parse(json.dumps(body).encode())
    return uplink


def fields(uplink: Uplink) -> Any:  # noqa: ANN401 - as JSON has it
    return json.loads(uplink.payload)


def point(**changes: object) -> dict[str, Any]:
    return {"msg": CAPTURED["object"]["msg"] | changes}


def test_data_point_is_a_field_named_by_its_resource() -> None:
    uplink = parse(CAPTURED["object"])
    assert (uplink.kind, uplink.device_id, uplink.other_ids) == ("data", "860000000000001", ("523444202",))
    assert fields(uplink) == {"3300/0/5700": -115}
    assert uplink.server_at == parse_instant("2019-04-22T03:46:45.407Z")


def test_data_point_is_read_when_it_comes_as_a_text() -> None:
    uplink = parse(CAPTURED["text"])
    assert (uplink.device_id, uplink.other_ids) == ("860000000000002", ("NB_12208",))
    assert fields(uplink) == {"3301/0/5700": 117.5}


def test_stream_keeps_its_name_when_it_is_no_resource() -> None:
    first, second = PLATFORM.parse(json.dumps(CAPTURED["list"]).encode())
    assert (fields(first), fields(second)) == ({"datastream_id": 42}, {"datastream_id": 43})
    assert (first.device_id, first.event_id != second.event_id) == ("2016617", True)


def test_good_points_pass_when_one_of_a_list_cannot_be_read() -> None:
    body = {"msg": [CAPTURED["list"]["msg"][0], {"type": 9}, 5, CAPTURED["list"]["msg"][1]]}
    uplinks = PLATFORM.parse(json.dumps(body).encode())
    assert [uplink.kind for uplink in uplinks] == ["data", "error", "error", "data"]


def test_values_of_a_thing_model_belong_together() -> None:
    uplink = parse(CAPTURED["thing_model"])
    assert fields(uplink) == {"parking_state": 1, "battery_level": 88}
    assert (uplink.device_id, uplink.other_ids) == ("523444202", ("bay-7",))
    assert uplink.server_at == parse_instant("2023-10-25T09:23:25.722Z")


def test_value_is_kept_as_it_is_when_it_is_zero_false_or_bare() -> None:
    assert fields(parse(point(value=0))) == {"3300/0/5700": 0}
    assert fields(parse(point(value=False))) == {"3300/0/5700": False}
    model = json.loads(CAPTURED["thing_model"]["msg"]) | {"data": {"params": {"a": 0, "b": {"value": None}}}}
    assert fields(parse({"msg": model})) == {"a": 0, "b": None}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (CAPTURED["offline"], "offline"),
        ({"msg": CAPTURED["offline"]["msg"] | {"status": 1}}, "online"),
        (CAPTURED["command"], "command"),
        ({"msg": {"notifyType": "lifecycle", "deviceName": "bay-7"}}, "notice: lifecycle"),
    ],
)
def test_message_feeds_no_space_when_it_is_about_the_network(body: object, detail: str) -> None:
    uplink = parse(body)
    assert (uplink.kind, uplink.payload, uplink.detail) == ("status", b"", detail)


def test_message_is_the_same_when_the_platform_repeats_it() -> None:
    assert parse(CAPTURED["object"]).event_id == parse(point(nonce="other")).event_id
    assert parse(CAPTURED["object"]).event_id != parse(point(value=-114)).event_id


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"msg": None},
        {"msg": "no JSON"},
        point(type=3),
        point(value=None),
        point(ds_id=""),
        point(imei="", dev_id=""),
        {"msg": {"notifyType": "property", "deviceName": "bay-7", "data": {"params": {}}}},
        {"msg": {"notifyType": "property", "deviceName": "bay-7"}},
    ],
)
def test_body_is_refused_when_it_is_not_from_this_platform(body: object) -> None:
    with pytest.raises(PayloadError):
        parse(body)
