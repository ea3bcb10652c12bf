"""Uplinks of Wanesy, pushed one by one or read as a page."""

import base64
import json
from pathlib import Path

import pytest

from devices.adapters.lorawan_wanesy.adapter import PLATFORM
from devices.ports import PayloadError, Uplink
from parking.domain.clock import parse_instant

ITEM = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())["item"]


def parse(body: object) -> Uplink:
    (uplink,) = PLATFORM.parse(json.dumps(body).encode())
    return uplink


def test_uplink_is_exact_when_the_captured_one_is_parsed() -> None:
    assert parse(ITEM) == Uplink(
        kind="data",
        device_id="0000000000006d31",
        port=3,
        payload=bytes.fromhex(ITEM["payload"]),
        session="020DEA52",
        sequence=0,
        event_id="5e32e86922697b0001e828d5",
        gateway_at=None,
        server_at=parse_instant("2020-01-30T14:30:01.150Z"),
        rssi_dbm=-40,
        snr_db=12.2,
    )


def test_payload_is_the_same_when_it_is_written_in_base64() -> None:
    text = base64.b64encode(bytes.fromhex(ITEM["payload"])).decode()
    assert parse(ITEM | {"payload": text, "encodingType": "BASE64"}) == parse(ITEM)


def test_frame_is_late_when_the_gateway_had_queued_it() -> None:
    assert parse(ITEM | {"delayed": True}).late


def test_payload_is_no_data_when_it_is_encrypted() -> None:
    uplink = parse(ITEM | {"encrypted": True})
    assert (uplink.kind, uplink.payload, uplink.sequence) == ("error", b"", 0)


def test_good_items_pass_when_a_page_has_a_bad_one() -> None:
    page = {"count": 3, "list": [ITEM, ITEM | {"payload": "xyz"}, ITEM | {"fCntUp": 1}], "nbPages": 1}
    uplinks = PLATFORM.parse(json.dumps(page).encode())
    assert [(uplink.kind, uplink.sequence) for uplink in uplinks] == [("data", 0), ("error", None), ("data", 1)]
    assert uplinks[1].device_id == ""


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"list": 3},
        ITEM | {"payload": "0"},
        ITEM | {"encodingType": "TEXT"},
        ITEM | {"fPort": 900},
        ITEM | {"endDevice": {}},
        ITEM | {"fCntUp": None, "endDevice": {"devEui": "1"}},
    ],
)
def test_body_is_refused_when_it_is_not_from_this_platform(body: object) -> None:
    with pytest.raises(PayloadError):
        parse(body)
