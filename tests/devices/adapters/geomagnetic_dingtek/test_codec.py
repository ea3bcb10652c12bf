"""Frames and commands of Dingtek sensors: the captured ones, those of another model, and values out of range."""

from pathlib import Path

import pytest

from devices.adapters.geomagnetic_dingtek.codec import DO200, DO201, DO202, DingtekCodec
from devices.ports import DownlinkError, Message, PayloadError
from tests.devices.adapters.frames import check

REPORT_200 = "800002011500000000016f0079ffb0fff500000081"
REPORT_201 = "800031021706b4000001610010fff6fff08b2d00010081"


def decode(codec: DingtekCodec, payload: str, *, port: int = 3) -> Message:
    (message,) = codec.decode(bytes.fromhex(payload), port=port, version="1")
    return message


def test_message_is_exact_when_a_captured_frame_is_decoded() -> None:
    check("Dingtek", Path(__file__).parent)


def test_flags_are_read_from_their_own_halves_when_a_byte_has_two() -> None:
    message = decode(DO200, REPORT_200[:14] + "01" + "10" + REPORT_200[18:])
    assert (message.status, message.fields["level_alarm"]) == ("free", True)
    assert (message.fault, message.fields["magnetic_alarm"]) == (None, True)
    message = decode(DO200, REPORT_200[:14] + "10" + "01" + REPORT_200[18:])
    assert (message.status, message.fields["level_alarm"]) == ("occupied", False)
    assert (message.fault, message.fields["battery_low"]) == ("battery_low", True)


def test_counter_orders_when_it_stands_behind_the_field_or_the_climate() -> None:
    assert decode(DO200, REPORT_200[:34] + "0102" + "0081").sequence == 258
    assert decode(DO201, REPORT_201[:38] + "0102" + "0081").sequence == 258


@pytest.mark.parametrize(
    ("codec", "payload"),
    [
        (DO200, ""),
        (DO200, "8000"),
        (DO200, "80000281"),
        (DO200, REPORT_201),
        (DO201, REPORT_200),
        (DO202, REPORT_201),
        (DO200, "00" + REPORT_200[2:]),
        (DO200, REPORT_200[:-2] + "00"),
        (DO200, REPORT_200[:6] + "03" + REPORT_200[8:]),
        (DO200, REPORT_200[:6] + "04" + REPORT_200[8:]),
        (DO200, REPORT_200[:8] + "16" + REPORT_200[10:]),
        (DO201, "80003102100101181e3c003c14000081"),
    ],
)
def test_frame_is_refused_when_the_model_does_not_send_it(codec: DingtekCodec, payload: str) -> None:
    with pytest.raises(PayloadError):
        decode(codec, payload)


def test_frame_is_refused_when_it_comes_on_another_port() -> None:
    with pytest.raises(PayloadError):
        decode(DO200, REPORT_200, port=1)


@pytest.mark.parametrize(
    ("codec", "data", "text"),
    [
        (DO200, {"uploadInterval": 4}, "80028888010481"),
        (DO200, {"magDetectInterval": 10}, "80028888040A81"),
        (DO200, {"magThreshold": 60}, "80028888023C81"),
        (DO200, {"ultraDetectInterval": 2}, "80028888030281"),
        (DO200, {"ultraDetectionInterval": 2}, "80028888030281"),
        (DO200, {"batteryThreshold": 20}, "80028888051481"),
        (DO201, {"uploadInterval": 168}, "8002999901A881"),
        (DO201, {"detectInterval": 10}, "80029999080A81"),
        (DO201, {"magnetThreshold": 60}, "800299990F003C81"),
        (DO201, {"levelThreshold": 60}, "80029999023C81"),
        (DO202, {"batteryThreshold": 20}, "80029999051481"),
    ],
)
def test_command_is_the_text_of_its_digits_when_it_is_encoded(
    codec: DingtekCodec, data: dict[str, object], text: str
) -> None:
    downlink = codec.encode(data, version="1")
    assert (downlink.port, downlink.payload) == (3, text.encode())


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"uploadInterval": 0},
        {"uploadInterval": 169},
        {"uploadInterval": 4.0},
        {"uploadInterval": True},
        {"uploadInterval": "4"},
        {"uploadInterval": None},
        {"levelThreshold": 60},
        {"selfDestruct": 1},
        {"uploadInterval": 4, "batteryThreshold": 20},
    ],
)
def test_command_is_refused_when_the_model_does_not_take_it(data: dict[str, object]) -> None:
    with pytest.raises(DownlinkError):
        DO202.encode(data, version="1")
