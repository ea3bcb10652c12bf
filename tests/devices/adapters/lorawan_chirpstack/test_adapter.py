"""Events of ChirpStack v4, named beside the body or only by their fields."""

import json
from pathlib import Path

import pytest

from devices.adapters.lorawan_chirpstack.adapter import PLATFORM
from devices.ports import PayloadError, Uplink
from parking.domain.clock import parse_instant

CAPTURED = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())


def parse(body: object, event: str = "") -> Uplink:
    (uplink,) = PLATFORM.parse(json.dumps(body).encode(), event=event)
    return uplink


@pytest.mark.parametrize("event", ["up", ""])
def test_uplink_is_exact_when_the_captured_one_is_parsed(event: str) -> None:
    assert parse(CAPTURED["up"], event) == Uplink(
        kind="data",
        device_id="0101010101010101",
        port=1,
        payload=b"\xaa",
        session="00189440",
        sequence=0,
        event_id="3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        gateway_at=None,
        server_at=parse_instant("2022-07-18T09:34:15.775023Z"),
        rssi_dbm=-36,
        snr_db=10.5,
    )


@pytest.mark.parametrize(("name", "kind"), [("join", "join"), ("status", "status"), ("log", "error")])
def test_kind_is_the_same_when_the_event_is_named_or_shows_in_the_body(name: str, kind: str) -> None:
    assert parse(CAPTURED[name], name).kind == parse(CAPTURED[name]).kind == kind


def test_battery_is_read_when_a_status_arrives() -> None:
    assert parse(CAPTURED["status"], "status").battery_pct == 88.3


def test_battery_is_empty_when_a_status_leaves_its_level_out() -> None:
    bare = {name: value for name, value in CAPTURED["status"].items() if name != "batteryLevel"}
    assert parse(bare, "status").battery_pct == 0


@pytest.mark.parametrize("flag", ["batteryLevelUnavailable", "externalPowerSource"])
def test_battery_is_not_known_when_a_status_says_so(flag: str) -> None:
    bare = {name: value for name, value in CAPTURED["status"].items() if name != "batteryLevel"}
    assert parse(bare | {flag: True}, "status").battery_pct is None


def test_error_keeps_the_words_of_the_platform() -> None:
    assert parse(CAPTURED["log"], "log").detail.startswith("UPLINK_MIC: MIC of join-request is invalid")


def test_payload_is_no_data_when_only_the_join_server_can_read_it() -> None:
    uplink = parse(CAPTURED["up"] | {"joinServerContext": {"sessionKeyId": "AQ"}}, "up")
    assert (uplink.kind, uplink.payload, uplink.sequence) == ("error", b"", 0)


@pytest.mark.parametrize("event", ["ack", "txack", "location", "integration"])
def test_event_feeds_no_space_when_it_is_about_the_network(event: str) -> None:
    assert parse(CAPTURED["join"], event).kind == "status"


def test_frame_feeds_no_space_when_it_has_no_payload() -> None:
    uplink = parse({name: value for name, value in CAPTURED["up"].items() if name != "data"} | {"fCnt": 7}, "up")
    assert (uplink.kind, uplink.sequence) == ("status", 7)


def test_earliest_gateway_tells_the_time_when_several_do() -> None:
    times = [{"gwTime": "2022-07-18T09:34:16Z"}, {}, {"gwTime": "2022-07-18T09:34:15Z"}]
    assert parse(CAPTURED["up"] | {"rxInfo": times}).gateway_at == parse_instant("2022-07-18T09:34:15Z")


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (CAPTURED["up"], "down"),
        ({}, "up"),
        ([], "up"),
        (CAPTURED["up"] | {"data": "#"}, "up"),
        (CAPTURED["up"] | {"fCnt": -1}, "up"),
        (CAPTURED["up"] | {"fPort": 300}, "up"),
        (CAPTURED["up"] | {"deduplicationId": "x" * 129}, "up"),
        (CAPTURED["up"] | {"deviceInfo": {"devEui": "xyz"}}, "up"),
    ],
)
def test_body_is_refused_when_it_is_not_from_this_platform(body: object, event: str) -> None:
    with pytest.raises(PayloadError):
        parse(body, event)
