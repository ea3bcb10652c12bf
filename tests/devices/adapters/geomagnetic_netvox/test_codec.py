"""Frames and commands of the R719A: the captured ones, a low battery, other Netvox devices, values out of range."""

from pathlib import Path

import pytest

from devices.adapters.geomagnetic_netvox.codec import CODEC
from devices.ports import DownlinkError, Message, PayloadError
from tests.devices.adapters.frames import check


def decode(payload: str, *, port: int = 6) -> Message:
    (message,) = CODEC.decode(bytes.fromhex(payload), port=port, version="1")
    return message


def test_message_is_exact_when_a_captured_frame_is_decoded() -> None:
    check("Netvox", Path(__file__).parent, "R719A")


def test_battery_is_low_and_still_has_its_volts_when_the_highest_bit_is_set() -> None:
    message = decode("0159019c00000000000000")
    assert (message.status, message.battery_v, message.fault) == ("free", 2.8, "battery_low")


def test_state_is_unknown_when_it_is_neither_on_nor_off() -> None:
    assert decode("0159011e02000000000000").status is None


def test_refused_configuration_is_told_when_the_device_answers() -> None:
    assert decode("8159010000000000000000", port=7).fields["ok"] is False


@pytest.mark.parametrize(
    ("payload", "port"),
    [
        ("", 6),
        ("0159011e010000000000", 6),
        ("0159011e0100000000000000", 6),
        ("0101011e01000000000000", 6),
        ("0259011e01000000000000", 6),
        ("0159021e01000000000000", 6),
        ("0159011e01000000000000", 7),
        ("8159000000000000000000", 6),
        ("0159011e01000000000000", 1),
    ],
)
def test_frame_is_refused_when_an_r719a_does_not_send_it(payload: str, port: int) -> None:
    with pytest.raises(PayloadError):
        decode(payload, port=port)


def test_command_is_exact_when_it_is_encoded() -> None:
    settings = {"Cmd": "ConfigReportReq", "MinTime": 60, "MaxTime": 65_535, "BatteryChange": 0.3}
    assert CODEC.encode(settings, version="1").payload.hex() == "0159003cffff0300000000"
    assert CODEC.encode({"Cmd": "ReadConfigReportReq"}, version="1").payload.hex() == "0259000000000000000000"


@pytest.mark.parametrize(
    "changes",
    [
        {"Cmd": "Reboot"},
        {"Device": "R311A"},
        {"MinTime": 0},
        {"MinTime": 65_536},
        {"MinTime": 1.5},
        {"MaxTime": True},
        {"MinTime": 61, "MaxTime": 60},
        {"BatteryChange": 0.15},
        {"BatteryChange": -0.1},
        {"BatteryChange": 25.6},
        {"BatteryChange": "0.1"},
        {"BatteryChange": float("inf")},
        {"Reserved": 1},
    ],
)
def test_command_is_refused_when_the_device_does_not_take_it(changes: dict[str, object]) -> None:
    settings: dict[str, object] = {"Cmd": "ConfigReportReq", "MinTime": 60, "MaxTime": 60, "BatteryChange": 0.1}
    with pytest.raises(DownlinkError):
        CODEC.encode({**settings, **changes}, version="1")


def test_command_is_refused_when_a_setting_is_missing() -> None:
    with pytest.raises(DownlinkError):
        CODEC.encode({"Cmd": "ConfigReportReq", "MinTime": 60}, version="1")
