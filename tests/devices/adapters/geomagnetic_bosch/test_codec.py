"""Frames of the TPS110, captured ones and those it must refuse."""

from pathlib import Path

import pytest

from devices.adapters.geomagnetic_bosch.codec import CODEC
from devices.ports import Message, PayloadError
from tests.devices.adapters.frames import captured, expected


def decode(payload: str, *, port: int, version: str = "0.29") -> Message:
    (message,) = CODEC.decode(bytes.fromhex(payload), port=port, version=version)
    return message


def test_message_is_exact_when_a_captured_frame_is_decoded() -> None:
    for frame in captured(Path(__file__).parent):
        if "error" in frame:
            with pytest.raises(PayloadError):
                decode(frame["hex"], port=frame["port"], version=frame["version"])
        else:
            assert decode(frame["hex"], port=frame["port"], version=frame["version"]) == expected(frame)


@pytest.mark.parametrize(("version", "cause"), [("0.23", "other"), ("0.29", "other"), ("0.39", "external_pin")])
def test_reset_cause_follows_the_firmware_when_its_code_is_4(version: str, cause: str) -> None:
    message = decode("00" * 12 + "000000" + "04" + "01", port=3, version=version)
    assert message.fields["reset_cause"] == cause


def test_reset_cause_is_unknown_when_its_code_is_not_listed() -> None:
    assert decode("00" * 15 + "ff" + "00", port=3).fields["reset_cause"] == "unknown"


def test_zero_degrees_are_a_value_when_a_heartbeat_says_them() -> None:
    message = decode("0000", port=2)
    assert message.temperature_c == 0.0
    assert message.status == "free"


def test_reserved_bits_are_ignored_when_the_state_is_read() -> None:
    assert decode("fe", port=1).status == "free"
    assert decode("ff", port=1).status == "occupied"


@pytest.mark.parametrize(("port", "kind"), [(4, "config"), (5, "telemetry"), (6, "telemetry")])
def test_frame_says_nothing_of_the_space_when_it_is_about_the_device(port: int, kind: str) -> None:
    message = decode("0102030405060708090a", port=port)
    assert (message.kind, message.status) == (kind, None)
    assert message.fields["raw"] == "0102030405060708090a"


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ("00000001f4", {"usage": "state_changes", "value": 500}),
        ("02" + "000001" * 5 + "010000", {"usage": "uplinks_sent", "dr0": 1, "dr5": 65_536}),
        ("0501020304050607", {"usage": "resets", "brownout": 1, "watchdog": 5, "system_request": 0x0607}),
    ],
)
def test_usage_is_counted_when_the_firmware_publishes_it(payload: str, said: dict[str, object]) -> None:
    assert said.items() <= decode(payload, port=5, version="0.39").fields.items()
    assert "usage" not in decode(payload, port=5, version="0.29").fields


@pytest.mark.parametrize("payload", ["07", "00", "000000"])
def test_usage_is_kept_raw_when_it_is_not_listed(payload: str) -> None:
    assert decode(payload, port=5, version="0.39").fields == {"type": "device_usage", "raw": payload}


def test_clock_and_counter_are_read_when_a_debug_frame_arrives() -> None:
    fields = decode("78563412" + "2403" + "0000" + "0a00" + "0000", port=6).fields
    assert (fields["timestamp"], fields["debug_code"], fields["sequence_number"]) == (0x12345678, 804, 10)


@pytest.mark.parametrize(
    ("payload", "port", "version"),
    [
        ("", 1, "0.29"),
        ("0101", 1, "0.29"),
        ("01ff", 2, "0.23"),
        ("01ffff", 2, "0.29"),
        ("00" * 16, 3, "0.29"),
        ("00" * 18, 3, "0.29"),
        ("", 4, "0.29"),
        ("00" * 9, 6, "0.29"),
        ("01", 0, "0.29"),
        ("01", 7, "0.29"),
    ],
)
def test_frame_is_refused_when_the_profile_does_not_allow_it(payload: str, port: int, version: str) -> None:
    with pytest.raises(PayloadError):
        decode(payload, port=port, version=version)
