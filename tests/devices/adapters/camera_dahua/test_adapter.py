"""Dahua's stream beside the shared parts of it: groups, clocks that count local time, the read-back, faults of the view."""

import json
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from devices.adapters import multipart
from devices.adapters.camera_dahua.adapter import CAMERA
from devices.ports import PayloadError
from parking.domain.clock import parse_instant

CAPTURED: dict[str, str] = json.loads((Path(__file__).parent / "data" / "captured.json").read_bytes())
JPEG = b"\xff\xd8\xff\xe0picture\xff\xd9"


def test_messages_of_one_group_are_one_event_when_each_brings_a_picture() -> None:
    first, second = (CAMERA.parse(CAPTURED["group"].replace("{index}", str(n)).encode())[0] for n in (1, 2))
    assert first.event_id == second.event_id
    assert (first.index, second.index) == (1, 2)
    assert (first.bay, first.plate, first.status) == ("12", None, "occupied")


def test_pictures_belong_to_the_text_before_them_when_two_events_share_a_body() -> None:
    texts = [CAPTURED["group"].replace("{index}", str(number)).encode() for number in (1, 2)]
    parts = [
        multipart.Part("", "text/plain", texts[0]),
        multipart.Part("", "image/jpeg", JPEG),
        multipart.Part("", "text/plain", texts[1]),
    ]
    one, two = CAMERA.parse(
        multipart.write(parts, "myboundary"), media_type="multipart/x-mixed-replace; boundary=myboundary"
    )
    assert ([len(one.pictures), len(two.pictures)], one.index, two.index) == ([1, 0], 1, 2)


def test_the_instant_is_right_when_the_camera_counts_local_time_as_utc() -> None:
    body = CAPTURED["group"].replace("{index}", "1").encode()
    (sighting,) = CAMERA.parse(body, zone=timezone(timedelta(hours=8)))
    assert sighting.observed_at == parse_instant("2025-06-11T16:15:30Z")
    assert sighting.device_at == parse_instant("2025-06-12T00:15:30Z")
    assert sighting.fields["clock_offset_s"] == 28_800


def test_spaces_are_restated_when_they_are_read_back() -> None:
    taken, free = CAMERA.parse(CAPTURED["read_back"].encode(), event="read-back")
    assert (taken.kind, taken.bay, taken.status, taken.plate) == ("restate", "A-1", "occupied", "TEST0001")
    assert (free.kind, free.bay, free.status, free.plate) == ("restate", "A-2", "free", None)


def test_the_view_is_obstructed_from_start_to_stop_when_it_is_blind() -> None:
    (begun,) = CAMERA.parse(CAPTURED["blind"].encode())
    (over,) = CAMERA.parse(CAPTURED["blind"].replace("Start", "Stop").encode())
    assert (begun.kind, begun.fault) == ("fault", "obstructed")
    assert (over.kind, over.fault) == ("telemetry", None)


def test_the_clock_is_none_when_nobody_has_set_it() -> None:
    (sighting,) = CAMERA.parse(CAPTURED["group"].replace("1749687330", "0").encode())
    assert sighting.observed_at is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"Events[0].Action=Pulse",
        b"Events[0].Code=TrafficParkingSpaceParking",
        b"Events[0].Code=TrafficParkingSpaceParking\nEvents[0].Lane=1\nEvents[0].ParkingSpaceStatus=NoParking",
        b"{}",
        b'{"params": {"eventList": [7]}}',
        b'{"params": {"eventList": []}}',
    ],
)
def test_the_error_is_typed_when_a_part_says_nothing_certain(body: bytes) -> None:
    with pytest.raises(PayloadError):
        CAMERA.parse(body)
