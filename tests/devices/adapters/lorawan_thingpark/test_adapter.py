"""Messages of ThingPark, wrapped and flat, with numbers as numbers and as strings."""

import json
from pathlib import Path
from typing import Any

import pytest

from devices.adapters.lorawan_thingpark.adapter import PLATFORM
from devices.ports import PayloadError, Uplink
from parking.domain.clock import parse_instant

CAPTURED = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())


def parse(body: object) -> Uplink:
    (uplink,) = PLATFORM.parse(json.dumps(body).encode())
    return uplink


def frame(**changes: object) -> dict[str, Any]:
    return {"DevEUI_uplink": CAPTURED["strings"]["DevEUI_uplink"] | changes}


def notice(**changes: object) -> dict[str, Any]:
    return {"DevEUI_notification": CAPTURED["notification"]["DevEUI_notification"] | changes}


def test_uplink_is_exact_when_its_numbers_are_strings() -> None:
    assert parse(CAPTURED["strings"]) == Uplink(
        kind="data",
        device_id="0018b20000000b20",
        port=1,
        payload=bytes.fromhex("9e1c4852512000220020e3831071"),
        session="04D2848E",
        sequence=1174,
        event_id=None,
        gateway_at=parse_instant("2018-10-03T13:38:46.882Z"),
        server_at=None,
        rssi_dbm=-80,
        snr_db=7,
    )


def test_best_gateway_counts_when_the_flat_form_lists_two() -> None:
    uplink = parse(CAPTURED["flat"])
    assert (uplink.kind, uplink.port, uplink.sequence, uplink.session) == ("data", 17, 265, None)
    assert (uplink.rssi_dbm, uplink.snr_db) == (-65, 9.5)


@pytest.mark.parametrize("late", [1, "1"])
def test_frame_is_late_when_the_gateway_had_queued_it(late: object) -> None:
    assert parse(frame(Late=late)).late
    assert not parse(frame()).late


def test_single_gateway_is_read_when_it_is_no_list() -> None:
    assert parse(frame(Lrrs={"Lrr": {"LrrRSSI": -40, "LrrSNR": 1}})).rssi_dbm == -40


def test_join_feeds_no_space_when_it_comes_as_an_uplink() -> None:
    uplink = parse(CAPTURED["join"])
    assert (uplink.kind, uplink.sequence, uplink.payload) == ("join", None, b"")


def test_frame_feeds_no_space_when_the_platform_could_not_decode_it() -> None:
    uplink = parse(CAPTURED["undecoded"])
    assert (uplink.kind, uplink.sequence) == ("error", 80)
    assert uplink.detail == "not decoded: com-5002: driver internal error: Error: Invalid fPort!"


def test_frame_feeds_no_space_when_it_has_no_payload() -> None:
    message = frame()
    del message["DevEUI_uplink"]["payload_hex"], message["DevEUI_uplink"]["FPort"]
    assert (parse(message).kind, parse(message).sequence) == ("status", 1174)


@pytest.mark.parametrize(
    ("body", "kind", "battery"),
    [
        (notice(), "join", None),
        (notice(Type="reset", Var1="admin_reset"), "join", None),
        (notice(Type="devstatusans", Var1="254", Var2="9"), "status", 100),
        (notice(Type="devstatusans", Var1=1), "status", 0),
        (notice(Type="devstatusans", Var1=0), "status", None),
        (notice(Type="devstatusans", Var1=255), "status", None),
        ({"DevEUI_location": {"DevEUI": "0018B20000000B20"}}, "status", None),
        ({"DevEUI_downlink_Sent": {"DevEUI": "0018B20000000B20"}}, "status", None),
    ],
)
def test_notice_feeds_health_when_the_network_has_one(body: object, kind: str, battery: float | None) -> None:
    uplink = parse(body)
    assert (uplink.kind, uplink.battery_pct) == (kind, battery)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"DevEUI_uplink": {}},
        frame(DevEUI="0018B2"),
        frame(FCntUp=None),
        frame(FCntUp="many"),
        frame(FPort="256"),
        frame(payload_hex="9e1"),
        {"messageType": "HEARTBEAT", "payload": "0520be88"},
    ],
)
def test_body_is_refused_when_it_is_not_from_this_platform(body: object) -> None:
    with pytest.raises(PayloadError):
        parse(body)
