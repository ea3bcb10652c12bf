"""An endless answer comes apart alike however it is cut by the network."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.adapters.multipart import Part
from devices.cameras.pull.parts import Grouper, PartReader, StreamBrokenError

JPEG = b"\xff\xd8\xff\xe0--boundary and \r\n\r\n within\xff\xd9"
STREAM = (
    b"HTTP leftovers\r\n--boundary\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nHeartbeat\r\n"
    b"--boundary\r\nContent-Type: text/plain\n\nEvents[0].Code=A\r\n"
    b"--boundary\r\nContent-Type: image/jpeg\r\nContent-Length: "
    + str(len(JPEG)).encode()
    + b"\r\n\r\n"
    + JPEG
    + b"\r\n"
    b"--boundary\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nHeartbeat\r\n"
)
PARTS = [
    Part("", "text/plain", b"Heartbeat"),
    Part("", "text/plain", b"Events[0].Code=A"),
    Part("", "image/jpeg", JPEG),
    Part("", "text/plain", b"Heartbeat"),
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=12))
def test_parts_are_the_same_when_the_stream_is_cut_anywhere(cuts: list[int]) -> None:
    reader = PartReader("--boundary")
    edges = [0, *sorted(set(cuts)), len(STREAM)]
    parts = [part for a, b in pairwise(edges) for part in reader.feed(STREAM[a:b])]
    assert parts == PARTS


def test_a_text_waits_for_its_pictures_when_parts_are_grouped() -> None:
    grouper = Grouper()
    assert grouper.add(PARTS[0]) is None
    assert grouper.add(PARTS[1]) == (b"Heartbeat", "text/plain")
    assert grouper.add(PARTS[2]) is None
    whole = grouper.add(PARTS[3])
    assert whole is not None
    assert JPEG in whole[0]
    assert grouper.flush() == (b"Heartbeat", "text/plain")
    assert not grouper.is_open


@pytest.mark.parametrize(
    "stream", [b"--boundary\r\n" + b"x" * 20_000, b"--boundary\r\nContent-Length: 99999999\r\n\r\n"]
)
def test_a_stream_that_never_ends_a_part_is_broken_when_it_is_fed(stream: bytes) -> None:
    with pytest.raises(StreamBrokenError):
        PartReader("boundary").feed(stream)
