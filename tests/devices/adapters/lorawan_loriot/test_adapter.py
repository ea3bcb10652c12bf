"""Messages of LORIOT, the frame and its repetition with radio data."""

import json
from pathlib import Path

import pytest

from devices.adapters.lorawan_loriot.adapter import PLATFORM
from devices.ports import PayloadError, Uplink
from parking.domain.clock import parse_instant

CAPTURED = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())


def parse(body: object) -> Uplink:
    (uplink,) = PLATFORM.parse(json.dumps(body).encode())
    return uplink


def test_uplink_is_exact_when_the_captured_one_is_parsed() -> None:
    assert parse(CAPTURED["rx"]) == Uplink(
        kind="data",
        device_id="0102030405060708",
        port=1,
        payload=bytes.fromhex("0102aabb"),
        session=None,
        sequence=1,
        event_id="1470850675433/1",
        gateway_at=None,
        server_at=parse_instant("2016-08-10T17:37:55.433Z"),
        battery_pct=100,
    )


def test_frame_is_the_same_when_it_is_repeated_with_radio_data() -> None:
    first, again = parse(CAPTURED["rx"]), parse(CAPTURED["gw"])
    assert first.event_id == again.event_id
    assert (again.rssi_dbm, again.snr_db, again.battery_pct) == (-88, 6.25, None)
    assert again.gateway_at == parse_instant("2016-08-10T17:37:55.401Z")


def test_payload_is_no_data_when_the_network_has_no_key_for_it() -> None:
    body = {name: value for name, value in CAPTURED["rx"].items() if name != "data"} | {"encdata": "A1B2"}
    uplink = parse(body)
    assert (uplink.kind, uplink.payload, uplink.sequence) == ("error", b"", 1)
    assert "encrypted" in uplink.detail


def test_frame_is_late_when_it_was_kept_while_nobody_took_it() -> None:
    assert parse(CAPTURED["rx"] | {"offline": True}).late


def test_message_feeds_no_space_when_it_is_about_a_downlink() -> None:
    assert (parse(CAPTURED["txd"]).kind, parse(CAPTURED["txd"]).detail) == ("status", "txd")


def test_frame_feeds_no_space_when_it_has_no_payload() -> None:
    assert parse(CAPTURED["rx"] | {"data": ""}).kind == "status"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"cmd": "rx"},
        CAPTURED["rx"] | {"fcnt": None},
        CAPTURED["rx"] | {"data": "0"},
        CAPTURED["rx"] | {"port": -1},
        CAPTURED["rx"] | {"EUI": "ELSYS"},
    ],
)
def test_body_is_refused_when_it_is_not_from_this_platform(body: object) -> None:
    with pytest.raises(PayloadError):
        parse(body)
