"""Frames of the LW009-SM: those written from its layout, tags in any order, and cut, wrong or encrypted ones."""

from pathlib import Path

import pytest

from devices.adapters.geomagnetic_moko.codec import CODEC
from devices.ports import Message, PayloadError
from tests.devices.adapters.frames import check


def frame(body: str, *, encrypted: str = "00") -> str:
    return "aa01" + "692a0f80" + "0007" + f"{len(body) // 2:04x}" + "21" + encrypted + body


def decode(payload: str, *, port: int = 1) -> Message:
    (message,) = CODEC.decode(bytes.fromhex(payload), port=port, version="1")
    return message


def test_message_is_exact_when_a_frame_of_the_layout_is_decoded() -> None:
    check("MOKO", Path(__file__).parent, "LW009-SM")


def test_order_of_the_tags_does_not_matter_when_they_are_turned_round() -> None:
    assert decode(frame("02010c320101240163")) == decode(frame("2401633201010" + "2010c"))


def test_event_tells_the_state_when_no_state_stands_beside_it() -> None:
    assert decode(frame("02010c")).status == "occupied"
    assert decode(frame("02010b")).status == "free"


def test_state_is_unknown_when_a_heartbeat_names_a_third_one() -> None:
    message = decode(frame("020100320102"))
    assert (message.kind, message.status) == ("restate", None)


def test_unknown_tag_is_kept_when_the_frame_has_one() -> None:
    assert decode(frame("02010c7e02beef")).fields["tag_7e"] == "beef"


def test_impossible_temperature_is_not_told_when_a_tag_has_one() -> None:
    message = decode(frame("02010c0b018b"))
    assert (message.temperature_c, message.fields["temperature_c"]) == (None, -117)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        frame("02010c")[:-2],
        frame("02010c") + "00",
        frame(""),
        frame("02"),
        frame("0201"),
        frame("02020c0c"),
        frame("02010f"),
        frame("3201" + "01"),
        frame("030186"),
        frame("02010c2503000102"),
        frame("02010c", encrypted="01"),
    ],
)
def test_frame_is_refused_when_an_lw009_does_not_send_it(payload: str) -> None:
    with pytest.raises(PayloadError):
        decode(payload)


def test_frame_is_refused_when_it_comes_on_another_port() -> None:
    with pytest.raises(PayloadError):
        decode(frame("02010c"), port=2)
