"""Events of ChirpStack v3 in both of its forms of JSON."""

import json
from pathlib import Path

import pytest

from devices.adapters.lorawan_chirpstack_v3.adapter import PLATFORM
from devices.ports import PayloadError, Uplink
from parking.domain.clock import parse_instant

CAPTURED = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())


def parse(body: object, event: str = "") -> Uplink:
    (uplink,) = PLATFORM.parse(json.dumps(body).encode(), event=event)
    return uplink


@pytest.mark.parametrize("event", ["up", ""])
def test_uplink_is_exact_when_it_is_made_from_protobuf(event: str) -> None:
    assert parse(CAPTURED["up"], event) == Uplink(
        kind="data",
        device_id="0202020202020202",
        port=5,
        payload=b"\xaa",
        session="00513942",
        sequence=10,
        event_id=None,
        gateway_at=parse_instant("2019-11-08T13:59:25.048445Z"),
        server_at=parse_instant("2019-11-08T13:59:25.120Z"),
        rssi_dbm=-48,
        snr_db=9,
    )


def test_uplink_is_exact_when_it_has_the_legacy_form() -> None:
    uplink = parse(CAPTURED["up_legacy"], "up")
    assert (uplink.device_id, uplink.session, uplink.sequence) == ("0202020202020202", None, 10)
    assert uplink.gateway_at == parse_instant("2016-11-25T16:24:37.295915Z")


def test_left_out_numbers_are_zero_when_a_frame_has_none() -> None:
    bare = {name: value for name, value in CAPTURED["up"].items() if name not in {"fCnt", "fPort", "rxInfo"}}
    uplink = parse(bare, "up")
    assert (uplink.sequence, uplink.port, uplink.gateway_at) == (0, 0, None)


@pytest.mark.parametrize("form", ["", "_legacy"])
def test_kind_is_the_same_when_the_event_is_named_or_shows_in_the_body(form: str) -> None:
    for event, kind in (("join", "join"), ("status", "status")):
        body = CAPTURED[event + form]
        assert parse(body, event).kind == parse(body).kind == kind
    for event, kind in (("ack", "status"), ("error", "error")):
        assert parse(CAPTURED[event], event).kind == parse(CAPTURED[event]).kind == kind


def test_battery_is_read_in_both_forms() -> None:
    assert parse(CAPTURED["status"], "status").battery_pct == 75.5
    assert parse(CAPTURED["status_legacy"], "status").battery_pct == 78.7
    assert parse({"devEUI": "AgICAgICAgI=", "margin": 6}, "status").battery_pct == 0
    assert parse(CAPTURED["status"] | {"batteryLevelUnavailable": True}, "status").battery_pct is None


def test_words_are_kept_when_the_platform_could_not_decode() -> None:
    assert parse(CAPTURED["error"], "error").detail == "UPLINK_CODEC: no such function"


def test_frame_feeds_no_space_when_it_has_no_payload() -> None:
    for nothing in (None, ""):
        uplink = parse(CAPTURED["up"] | {"data": nothing}, "up")
        assert (uplink.kind, uplink.sequence) == ("status", 10)


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (CAPTURED["up"], "log"),
        ({}, "up"),
        (CAPTURED["up"] | {"data": "..."}, "up"),
        (CAPTURED["up"] | {"devEUI": "AgICAgICAg=="}, "up"),
        (CAPTURED["up"] | {"devEUI": "zz02020202020202"}, "up"),
        (CAPTURED["up"] | {"fCnt": -1}, "up"),
    ],
)
def test_body_is_refused_when_it_is_not_from_this_platform(body: object, event: str) -> None:
    with pytest.raises(PayloadError):
        parse(body, event)
