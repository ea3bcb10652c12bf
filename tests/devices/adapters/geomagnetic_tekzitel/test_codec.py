"""Frames and settings of the TEKZIPARK: the captured ones, each flag, the long form, and values out of range."""

from pathlib import Path

import pytest

from devices.adapters.geomagnetic_tekzitel.codec import CODEC
from devices.adapters.geomagnetic_tekzitel.messages import SETTINGS
from devices.ports import DownlinkError, Message, PayloadError
from tests.devices.adapters.frames import check

LONG = "a0" + "f6" + "07" + "010203" + "fffe80" + "00" + "00" + "2a"


def decode(payload: str, *, port: int = 1) -> Message:
    (message,) = CODEC.decode(bytes.fromhex(payload), port=port, version="1")
    return message


def test_message_is_exact_when_a_captured_frame_is_decoded() -> None:
    check("Tekzitel", Path(__file__).parent, "TEKZIPARK")


@pytest.mark.parametrize(
    ("flags", "kind", "status", "fault"),
    [
        ("a0", "change", "occupied", None),
        ("20", "change", "free", None),
        ("a1", "restate", "occupied", None),
        ("a2", "startup", "occupied", None),
        ("a3", "startup", "occupied", None),
        ("80", "change", "occupied", "battery_low"),
        ("b0", "change", "occupied", "obstructed"),
        ("90", "change", "occupied", "obstructed"),
    ],
)
def test_flags_decide_when_a_frame_is_read(flags: str, kind: str, status: str, fault: str | None) -> None:
    message = decode(flags + "0001")
    assert (message.kind, message.status, message.fault) == (kind, status, fault)


def test_detector_is_told_when_the_frame_is_the_long_one() -> None:
    message = decode(LONG, port=2)
    assert (message.status, message.temperature_c, message.magnetic) == ("occupied", -10.0, (-1, -2, -128))
    assert message.fields["deflection"] == {"x": 1, "y": 2, "z": 3}
    assert message.fields["reflection"] == 42


@pytest.mark.parametrize(("tail", "fault"), [("05002a", "other"), ("00072a", "obstructed"), ("05072a", "obstructed")])
def test_fault_is_told_when_the_long_frame_has_one(tail: str, fault: str) -> None:
    assert decode(LONG[:-6] + tail, port=2).fault == fault


def test_no_beacon_is_listed_when_only_the_signal_strength_follows() -> None:
    assert decode("a02d63b0").fields["beacons"] == []


@pytest.mark.parametrize(
    ("payload", "port"),
    [
        ("", 1),
        ("a02d", 1),
        ("a02d63b055", 1),
        (LONG[:-2], 2),
        (LONG + "00", 2),
        ("a02d63", 2),
        ("a02d63", 3),
        ("a0" * 244, 1),
    ],
)
def test_frame_is_refused_when_the_device_does_not_send_it(payload: str, port: int) -> None:
    with pytest.raises(PayloadError):
        decode(payload, port=port)


def test_no_two_settings_share_a_bit_when_all_are_at_their_highest() -> None:
    highest: dict[str, object] = {name: (1 << bits.width) - 1 for name, bits in SETTINGS.items()}
    assert CODEC.encode(highest, version="1").payload == b"\xff" * 8
    zero: dict[str, object] = dict.fromkeys(SETTINGS, 0)
    for name in SETTINGS:
        assert CODEC.encode({**zero, name: 1}, version="1").payload.count(0) == 7


@pytest.mark.parametrize("changes", [{"sleep_time": 8}, {"sleep_time": -1}, {"OI": True}, {"OI": 0.0}, {"colour": 1}])
def test_settings_are_refused_when_one_is_wrong(changes: dict[str, object]) -> None:
    with pytest.raises(DownlinkError):
        CODEC.encode({**dict.fromkeys(SETTINGS, 0), **changes}, version="1")


def test_settings_are_refused_when_one_is_missing() -> None:
    with pytest.raises(DownlinkError):
        CODEC.encode(dict.fromkeys(list(SETTINGS)[1:], 0), version="1")
