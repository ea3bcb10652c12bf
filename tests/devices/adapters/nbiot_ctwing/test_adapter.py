"""Messages of CTWing AEP: transparent products, products with a profile, and what is about the network."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from devices.adapters.nbiot_ctwing.adapter import PLATFORM
from devices.ports import PayloadError, Uplink
from parking.domain.clock import parse_instant

CAPTURED = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())


def parse(body: object) -> Uplink:
    (uplink,) = PLATFORM.parse(json.dumps(body).encode())
    return uplink


def fields(uplink: Uplink) -> Any:  # noqa: ANN401 - as JSON has it
    return json.loads(uplink.payload)


def test_bytes_are_the_devices_when_the_product_is_transparent() -> None:
    uplink = parse(CAPTURED["transparent"])
    assert uplink.payload == base64.b64decode("AQFWMS4w")
    assert (uplink.kind, uplink.device_id, uplink.port) == ("data", "860000000000001", 0)
    assert uplink.other_ids == ("40edca19b0124480864366de4621de99",)
    assert uplink.server_at == parse_instant("2022-04-21T15:27:08.842Z")
    assert (uplink.session, uplink.sequence) == (None, None)


def test_fields_are_flat_when_the_product_has_a_profile() -> None:
    uplink = parse(CAPTURED["profile"])
    assert (fields(uplink), uplink.port) == ({"liquid_level": 402}, 1)
    assert (uplink.device_id, uplink.other_ids) == ("5e5a54e224b9436f93900c27f0787f61", ())


def test_fields_are_found_when_they_stand_under_their_service() -> None:
    uplink = parse(CAPTURED["service"])
    assert fields(uplink) == {"TData": 30, "Battery_Level": 100, "Alarm_Status": 2}
    assert (uplink.port, uplink.detail) == (0, "service notification")


def test_event_is_what_the_device_said() -> None:
    uplink = parse(CAPTURED["event"])
    assert (uplink.kind, fields(uplink)) == ("data", {"battery_voltage": 1, "battery_state": 1})
    assert uplink.detail == "event: warning: service 1002"


@pytest.mark.parametrize("imei", ["", "undefined", "000000000000000", None, 0])
def test_platforms_own_id_stands_in_when_no_imei_is_told(imei: object) -> None:
    assert parse(CAPTURED["transparent"] | {"IMEI": imei}).device_id == "40edca19b0124480864366de4621de99"


def test_service_is_the_port_when_it_is_a_number_in_a_text() -> None:
    assert parse(CAPTURED["profile"] | {"serviceId": "7"}).port == 7


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (CAPTURED["online"], "online"),
        (CAPTURED["online"] | {"eventType": 0}, "offline"),
        (CAPTURED["command"], "command: DELIVERED"),
        (CAPTURED["profile"] | {"messageType": "dataReportTupUnion"}, "dataReportTupUnion"),
    ],
)
def test_message_feeds_no_space_when_it_is_about_the_network(body: object, detail: str) -> None:
    uplink = parse(body)
    assert (uplink.kind, uplink.payload, uplink.detail) == ("status", b"", detail)


def test_message_is_the_same_when_the_platform_repeats_it() -> None:
    first = parse(CAPTURED["transparent"])
    assert parse(CAPTURED["transparent"]).event_id == first.event_id
    assert parse(CAPTURED["transparent"] | {"timestamp": 1650554828843}).event_id != first.event_id
    assert parse(CAPTURED["transparent"] | {"payload": {"APPdata": "AQFWMS4x"}}).event_id != first.event_id


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        CAPTURED["transparent"] | {"payload": {"APPdata": "#"}},
        CAPTURED["transparent"] | {"payload": [1]},
        CAPTURED["transparent"] | {"payload": None},
        CAPTURED["transparent"] | {"payload": "text"},
        CAPTURED["transparent"] | {"IMEI": "", "deviceId": ""},
        CAPTURED["transparent"] | {"IMEI": "", "deviceId": "a b"},
        CAPTURED["transparent"] | {"messageType": "somethingNew"},
        CAPTURED["event"] | {"eventContent": 3},
    ],
)
def test_body_is_refused_when_it_is_not_from_this_platform(body: object) -> None:
    with pytest.raises(PayloadError):
        parse(body)
