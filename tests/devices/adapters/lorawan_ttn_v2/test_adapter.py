"""Uplinks of The Things Network v2."""

import json
from pathlib import Path

import pytest

from devices.adapters.lorawan_ttn_v2.adapter import PLATFORM
from devices.ports import PayloadError, Uplink
from parking.domain.clock import parse_instant

UP = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())["up"]


def parse(body: object) -> Uplink:
    (uplink,) = PLATFORM.parse(json.dumps(body).encode())
    return uplink


def test_uplink_is_exact_when_the_captured_one_is_parsed() -> None:
    assert parse(UP) == Uplink(
        kind="data",
        device_id="0102030405060708",
        port=1,
        payload=bytes.fromhex("01020304"),
        session=None,
        sequence=2,
        event_id=None,
        gateway_at=None,
        server_at=parse_instant("1970-01-01T00:00:00Z"),
    )


def test_gateway_tells_the_time_when_it_has_a_clock() -> None:
    gateways = [{"time": "2019-03-01T08:00:00.5Z", "rssi": -99, "snr": 4}]
    uplink = parse(UP | {"metadata": {"gateways": gateways}})
    assert (uplink.gateway_at, uplink.rssi_dbm) == (parse_instant("2019-03-01T08:00:00.5Z"), -99)


@pytest.mark.parametrize("body", [{}, UP | {"payload_raw": "#"}, UP | {"counter": 2**32}, UP | {"hardware_serial": ""}])
def test_body_is_refused_when_it_is_not_from_this_platform(body: object) -> None:
    with pytest.raises(PayloadError):
        parse(body)
