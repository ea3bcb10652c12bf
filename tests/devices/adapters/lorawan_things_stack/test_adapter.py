"""Messages of The Things Stack v3, with the fields that it leaves out."""

import json
from pathlib import Path
from typing import Any

import pytest

from devices.adapters.lorawan_things_stack.adapter import PLATFORM
from devices.ports import PayloadError, Uplink
from parking.domain.clock import parse_instant

CAPTURED = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())


def parse(envelope: object) -> Uplink:
    (uplink,) = PLATFORM.parse(json.dumps(envelope).encode())
    return uplink


def frame(**changes: object) -> dict[str, Any]:
    """The captured uplink with other fields; None leaves one out."""
    envelope: dict[str, Any] = json.loads(json.dumps(CAPTURED["uplink"]))
    message = envelope["uplink_message"] | changes
    envelope["uplink_message"] = {name: value for name, value in message.items() if value is not None}
    return envelope


def test_uplink_is_exact_when_the_captured_one_is_parsed() -> None:
    assert parse(CAPTURED["uplink"]) == Uplink(
        kind="data",
        device_id="0004a30b001c0530",
        port=0,
        payload=bytes.fromhex("8241de"),
        session="AXA50tHUGUucuzS/bCGMNw==",
        sequence=1,
        event_id=None,
        gateway_at=parse_instant("2020-02-12T15:15:45.787Z"),
        server_at=parse_instant("2020-02-12T15:15:45.789585Z"),
        rssi_dbm=-35,
        snr_db=0,
    )


def test_counter_is_zero_when_it_is_left_out() -> None:
    assert parse(frame(f_cnt=None)).sequence == 0


def test_join_feeds_no_space_when_a_device_starts_a_session() -> None:
    uplink = parse(CAPTURED["join"])
    assert (uplink.kind, uplink.session, uplink.sequence) == ("join", "AXBSH1Pk6Z0G166RlH16CQ==", None)


def test_frame_feeds_no_space_when_it_has_no_payload() -> None:
    uplink = parse(frame(frm_payload=None, f_cnt=9))
    assert (uplink.kind, uplink.sequence) == ("status", 9)


def test_best_gateway_counts_when_several_heard_the_frame() -> None:
    uplink = parse(frame(rx_metadata=[{"rssi": -110, "snr": -3}, {"rssi": -80, "snr": 7.5}, {"snr": 9}]))
    assert (uplink.rssi_dbm, uplink.snr_db) == (-80, 9)


@pytest.mark.parametrize(("said", "level"), [(None, None), ({"f_cnt": 3}, 0), ({"value": 62.5}, 62.5)])
def test_battery_is_what_the_device_answered_last(said: object, level: float | None) -> None:
    assert parse(frame(last_battery_percentage=said)).battery_pct == level


def test_words_are_kept_when_a_downlink_failed() -> None:
    envelope = CAPTURED["join"] | {"downlink_failed": {"error": {"name": "schedule", "message_format": "no  gateway"}}}
    del envelope["join_accept"]
    assert (parse(envelope).kind, parse(envelope).detail) == ("error", "downlink failed: schedule: no gateway")


def test_gateway_time_is_unknown_when_no_gateway_has_a_clock() -> None:
    uplink = parse(frame(rx_metadata=[{"rssi": -35}]))
    assert uplink.gateway_at is None
    assert uplink.server_at is not None


def test_envelope_time_stands_in_when_the_message_has_none() -> None:
    assert parse(frame(received_at=None)).server_at == parse_instant("2020-02-12T15:15:46.014773Z")


def test_time_is_as_good_as_none_when_it_cannot_be_read() -> None:
    assert parse(frame(rx_metadata=[{"time": "yesterday"}])).gateway_at is None


def test_network_message_feeds_no_space_when_it_is_about_a_downlink() -> None:
    assert parse({"end_device_ids": {"dev_eui": "0004A30B001C0530"}, "downlink_ack": {"f_port": 1}}).kind == "status"


@pytest.mark.parametrize(
    "envelope",
    [
        [],
        {},
        {"end_device_ids": {}},
        {"end_device_ids": {"dev_eui": "0004A30B001C0530"}},
        {"end_device_ids": {"dev_eui": "0004A30B001C053"}, "join_accept": {}},
        frame(frm_payload="not base64!"),
        frame(frm_payload=5),
        frame(f_cnt=-1),
        frame(f_cnt=2**32),
        frame(f_port=256),
        frame(session_key_id="ab\u0000c"),
    ],
)
def test_body_is_refused_when_it_is_not_from_this_platform(envelope: object) -> None:
    with pytest.raises(PayloadError):
        parse(envelope)


def test_body_is_refused_when_it_is_not_json() -> None:
    for body in (b"", b"\xff", b"{", b"[" * 100_000):
        with pytest.raises(PayloadError):
            PLATFORM.parse(body)
