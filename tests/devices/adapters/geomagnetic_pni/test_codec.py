"""Frames of the PlacePod, captured ones, chains in any order and tails that nobody knows."""

from pathlib import Path

import pytest

from devices.adapters.geomagnetic_pni.codec import CODEC
from devices.ports import Message, PayloadError
from tests.devices.adapters.frames import captured, expected


def decode(payload: str) -> Message:
    (message,) = CODEC.decode(bytes.fromhex(payload), port=2, version="1")
    return message


def test_message_is_exact_when_a_captured_frame_is_decoded() -> None:
    for frame in captured(Path(__file__).parent):
        assert decode(frame["hex"]) == expected(frame)


def test_later_state_wins_when_a_frame_has_two() -> None:
    status_last, keep_alive_last = decode("376600156601"), decode("156601376600")
    assert (status_last.kind, status_last.status) == ("change", "occupied")
    assert (keep_alive_last.kind, keep_alive_last.status) == ("change", "free")


def test_known_values_are_kept_when_the_tail_is_cut() -> None:
    message = decode("1566010267")
    assert message.status == "occupied"
    assert message.fields["unparsed_hex"] == "0267"


def test_zero_is_a_value_when_the_device_says_it() -> None:
    message = decode("02670000" + "03020000" + "210000")
    assert (message.temperature_c, message.battery_v) == (0.0, 0.0)
    assert message.fields["vehicle_count"] == 0


def test_temperature_is_negative_when_its_sign_is() -> None:
    assert decode("0267ffce").temperature_c == -5.0


def test_state_is_unknown_when_it_is_neither_free_nor_occupied() -> None:
    assert decode("156602").status is None


@pytest.mark.parametrize(
    ("payload", "kind"), [("210020", "count"), ("370020", "count"), ("026700f0", "telemetry"), ("3f0101", "config")]
)
def test_frame_says_nothing_of_the_space_when_it_has_no_state(payload: str, kind: str) -> None:
    message = decode(payload)
    assert (message.kind, message.status) == (kind, None)


def test_count_is_no_count_when_it_announces_a_reboot() -> None:
    assert decode("210080").fields == {"rebooted_or_recalibrated": True}


@pytest.mark.parametrize("payload", ["", "15", "1566", "cafebabe", "ff"])
def test_frame_is_refused_when_it_holds_no_known_value(payload: str) -> None:
    with pytest.raises(PayloadError):
        decode(payload)
