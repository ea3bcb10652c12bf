"""Frames of Libelium Smart Parking: the captured ones of both firmwares, and what the head and the body each decide."""

from pathlib import Path

import pytest

from devices.adapters.geomagnetic_libelium.codec import CODEC
from devices.ports import Message, PayloadError
from tests.devices.adapters.frames import check

BODY = "1105ffec00070008aa"


def decode(payload: str, *, version: str = "3") -> Message:
    (message,) = CODEC.decode(bytes.fromhex(payload), port=3, version=version)
    return message


def test_message_is_exact_when_a_captured_frame_is_decoded() -> None:
    check("Libelium", Path(__file__).parent, "SmartParking")


def test_field_has_signs_when_an_info_frame_of_firmware_2_is_read() -> None:
    message = decode("8001" + "f6" + "ffec" + "0007" + "8000" + "0000", version="2")
    assert message.temperature_c == -10.0
    assert message.magnetic == (-20, 7, -32_768)


def test_battery_is_told_in_volts_when_firmware_2_starts() -> None:
    message = decode("04001e0e7cf2d9f91e0ddf", version="2")
    assert (message.battery_v, message.temperature_c) == (3.551, 30.0)
    assert message.fields["reference"] == {"x": 0x0E7C, "y": 0xF2D9, "z": 0xF91E}


def test_settings_are_read_when_firmware_2_sends_its_second_start_frame() -> None:
    fields = decode("050106160801010100014b", version="2").fields
    assert {"firmware_version": 6, "night_start_hour": 22, "night_hours": 8, "threshold": 75}.items() <= fields.items()


def test_counts_of_the_day_are_read_when_firmware_2_sums_up() -> None:
    fields = decode("829f" + "6657" + "0000" + "000d" + "02" + "61" + "00", version="2").fields
    assert (fields["measurements_24h"], fields["lorawan_24h"], fields["resets_24h"]) == (0x6657, 13, 2)


@pytest.mark.parametrize(
    ("errors", "kind", "fault", "named"),
    [
        ("07", "fault", "sensor_failed", ["error_z", "error_y", "error_x"]),
        ("08", "telemetry", "other", ["error_rtc"]),
        ("30", "telemetry", "other", ["error_lorawan", "error_sigfox"]),
    ],
)
def test_word_is_void_only_when_an_axis_of_firmware_2_fails(
    errors: str, kind: str, fault: str, named: list[str]
) -> None:
    message = decode("0303" + errors + "1e01921085853ac6", version="2")
    assert (message.kind, message.fault, message.fields["errors"]) == (kind, fault, named)
    assert message.temperature_c == 30.0


def test_sensor_error_is_a_fault_when_firmware_3_tells_it_beside_the_state() -> None:
    message = decode("8101" + "02" + "09" + "00390000000000"[:14])
    assert (message.kind, message.status, message.fault) == ("restate", "occupied", "sensor_failed")


def test_recalibration_is_told_when_its_bit_is_set() -> None:
    message = decode("90" + "01" + "0009003900000000" + "00")
    assert (message.kind, message.fault, message.fields["sensor_recalibration"]) == ("change", "recalibrated", 1)


def test_reserved_bits_mean_nothing_when_firmware_2_sets_them() -> None:
    message = decode("b001" + BODY, version="2")
    assert message.fault is None
    assert "config_up" not in message.fields


def test_refusal_of_a_configuration_is_told_when_its_bit_is_set() -> None:
    assert decode("20010009003900000000" + "00").fields["config_up"] == "nack"


@pytest.mark.parametrize("payload", ["", "80", "8001" + BODY[:-2], "8001" + BODY + "00"])
def test_frame_is_refused_when_it_is_not_eleven_bytes_long(payload: str) -> None:
    with pytest.raises(PayloadError):
        decode(payload)
