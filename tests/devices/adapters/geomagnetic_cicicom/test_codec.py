"""Texts of the S-LG-I3: the captured ones, cold ones, and what is no text of it."""

from pathlib import Path

import pytest

from devices.adapters.geomagnetic_cicicom.codec import CODEC
from devices.ports import Message, PayloadError
from tests.devices.adapters.frames import check


def decode(payload: bytes) -> Message:
    (message,) = CODEC.decode(payload, port=1, version="1")
    return message


def test_message_is_exact_when_a_captured_frame_is_decoded() -> None:
    check("Cicicom", Path(__file__).parent, "S-LG-I3")


def test_temperature_is_negative_when_its_sign_is() -> None:
    assert decode(b"K13.10-7.5").temperature_c == -7.5


def test_fault_bytes_are_no_text_when_they_look_like_line_ends() -> None:
    assert decode(b"E3.55\n\x00\xff").fields["fault_bytes"] == "0a00ff"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"C",
        b"C2",
        b"C1 ",
        b"C1\n",
        b"K0",
        b"K03.5522.0",
        b"K03,55+22.0",
        b"R03.66+30.0",
        b"R03.66+30.0V",
        b"E3.55",
        b"E3.55\x11\x22",
        b"X1",
        b"\xff\xfe",
        "K0٣.55+22.0".encode(),
    ],
)
def test_text_is_refused_when_the_device_does_not_send_it(payload: bytes) -> None:
    with pytest.raises(PayloadError):
        decode(payload)
