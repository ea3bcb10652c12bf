"""Named fields of a product's profile."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.adapters.generic_fields.codec import CODEC
from devices.ports import Message, PayloadError
from tests.devices.adapters.frames import captured


def decode(**fields: object) -> Message:
    return decode_object(fields)


def decode_object(fields: object) -> Message:
    (message,) = CODEC.decode(json.dumps(fields).encode(), port=0, version="1")
    return message


def test_captured_frames_hold_what_they_say() -> None:
    for frame in captured(Path(__file__).parent):
        (message,) = CODEC.decode(bytes.fromhex(frame["hex"]), port=frame["port"], version="1")
        assert message.fields == frame["fields"]


def test_everything_is_read_when_the_names_are_ours() -> None:
    fields = {
        "parking_state": 1,
        "report_kind": "heartbeat",
        "sequence": 17,
        "device_time": 1698225805722,
        "confidence": 0.9,
        "battery_level": 88,
        "battery_voltage": 3.58,
        "temperature": -3.5,
    }
    assert decode(**fields) == Message(
        kind="restate",
        status="occupied",
        confidence=0.9,
        battery_v=3.58,
        battery_pct=88,
        temperature_c=-3.5,
        device_at=datetime(2023, 10, 25, 9, 23, 25, 722000, UTC),
        sequence=17,
        fields=fields,
    )


@pytest.mark.parametrize("name", ["parking_state", "parkStatus", "occupied", "3302/0/5500"])
@pytest.mark.parametrize(
    ("value", "status"), [(1, "occupied"), (True, "occupied"), ("1", "occupied"), (0, "free"), (False, "free")]
)
def test_state_is_read_under_each_of_its_names(name: str, value: object, status: str) -> None:
    message = decode(**{name: value})
    assert (message.kind, message.status) == ("change", status)


def test_zero_is_a_value_when_a_measurement_is_zero() -> None:
    message = decode(battery_level=0, temperature=0, sequence=0)
    assert (message.kind, message.battery_pct, message.temperature_c, message.sequence) == ("telemetry", 0, 0, 0)


def test_sensor_does_not_know_when_its_state_is_null() -> None:
    message = decode(parking_state=None)
    assert (message.kind, message.status) == ("change", None)


def test_millivolts_are_volts_when_the_resource_is_lwm2m() -> None:
    assert decode_object({"3/0/7": 3580}).battery_v == 3.58


def test_word_is_void_when_the_sensor_reports_a_fault() -> None:
    message = decode(fault="obstructed", parking_state=1)
    assert (message.kind, message.status, message.fault) == ("fault", None, "obstructed")
    assert decode(fault=7).fault == "other"
    assert decode(fault=0, parking_state=1).kind == "change"


@pytest.mark.parametrize("fields", [{"liquid_level": 402}, {}, {"temperature": "warm", "battery_level": None}])
def test_fields_are_telemetry_when_none_tells_a_state(fields: dict[str, object]) -> None:
    message = decode_object(fields)
    assert (message.kind, message.status, message.fields) == ("telemetry", None, fields)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        3,
        {"parking_state": 2},
        {"parking_state": "parked"},
        {"parking_state": []},
        {"parking_state": 1, "report_kind": 4},
    ],
)
def test_payload_is_refused_when_it_says_no_state_that_is_known(fields: object) -> None:
    with pytest.raises(PayloadError):
        decode_object(fields)


def test_payload_is_refused_when_it_is_not_json() -> None:
    for payload in (b"", b"\xff", b"{", b"\x01\x02"):
        with pytest.raises(PayloadError):
            CODEC.decode(payload, port=0, version="1")
