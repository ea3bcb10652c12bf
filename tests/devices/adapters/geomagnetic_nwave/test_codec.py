"""Frames of Nwave sensors: the captured ones, durations at their steps, and those that are refused."""

from pathlib import Path

import pytest

from devices.adapters.geomagnetic_nwave.codec import NCC405, NPS310, NPS405
from devices.adapters.geomagnetic_nwave.messages import DURATIONS
from devices.ports import Codec, Message, PayloadError
from tests.devices.adapters.frames import check


def decode(payload: str, *, port: int, version: str = "2") -> Message:
    (message,) = NPS405.decode(bytes.fromhex(payload), port=port, version=version)
    return message


def test_message_is_exact_when_a_captured_frame_is_decoded() -> None:
    check("Nwave", Path(__file__).parent)


@pytest.mark.parametrize(
    ("compressed", "minutes", "seconds"),
    [
        (0, 0, (0, 60)),
        (89, 89, (5340, 5400)),
        (90, 90, (5400, 5700)),
        (119, 235, (14_100, 14_400)),
        (120, 240, (14_400, 18_000)),
        (126, 600, (36_000, 39_600)),
    ],
)
def test_duration_is_bounded_when_it_is_compressed(compressed: int, minutes: int, seconds: tuple[int, int]) -> None:
    message = decode(f"{compressed << 1 | 1:02x}", port=1)
    assert message.fields["previous_state_minutes"] == minutes
    assert message.previous_s == seconds


def test_durations_leave_no_gap_when_they_are_put_in_a_row() -> None:
    bounds = [duration.seconds for duration in DURATIONS[:-1]]
    assert all(bound is not None for bound in bounds)
    assert [bound[1] for bound in bounds[:-1] if bound] == [bound[0] for bound in bounds[1:] if bound]


def test_duration_bounds_nothing_when_the_device_stopped_counting() -> None:
    message = decode("ff", port=1)
    assert message.previous_s is None
    assert message.fields["previous_state_overflow"] is True


@pytest.mark.parametrize(
    ("payload", "condition"),
    [("007de2", "normal"), ("007ce2", "low"), ("0063e2", "critical"), ("0064d8", "normal"), ("004ad8", "critical")],
)
def test_battery_is_judged_by_the_temperature_when_a_heartbeat_tells_both(payload: str, condition: str) -> None:
    message = decode(payload, port=2)
    assert message.fields["battery_health"] == condition
    assert message.fault == (None if condition == "normal" else "battery_low")


def test_reset_causes_differ_when_the_models_do() -> None:
    startup = bytes.fromhex("0000000400")
    causes = [codec.decode(startup, port=3, version="1")[0].fields["reset_cause"] for codec in (NPS310, NPS405)]
    assert causes == ["brownout", "unknown"]


def test_registration_claims_nothing_when_the_space_is_empty() -> None:
    message = decode("d01f345678", port=10)
    assert (message.kind, message.status, message.previous_s) == ("telemetry", None, None)
    assert message.fields["tag_id"] == "1F345678"


def test_counter_says_nothing_of_a_space_when_it_counts() -> None:
    (message,) = NCC405.decode(b"\xff\xff", port=1, version="1")
    assert (message.kind, message.status, message.fields["vehicle_count"]) == ("count", None, 65_535)


@pytest.mark.parametrize("codec", [NPS310, NPS405, NCC405], ids=["nps310", "nps405", "ncc405"])
@pytest.mark.parametrize(
    ("payload", "port"),
    [("", 1), ("010101", 1), ("", 2), ("00112233", 2), ("0102", 3), ("01", 4), ("01", 0), ("01", 11)],
)
def test_frame_is_refused_when_the_profile_does_not_allow_it(codec: Codec, payload: str, port: int) -> None:
    with pytest.raises(PayloadError):
        codec.decode(bytes.fromhex(payload), port=port, version="1")
