"""Copies and late frames are told apart from new ones, over counters that jump, wrap, reset and change session."""

import msgspec
import pytest

from parking.occupancy.device_window import NEW_DEVICE, RING, WINDOW, DeviceWindow, Verdict, judge
from parking.occupancy.evidence import Observation
from tests.parking.occupancy.samples import reading


def told(*observations: Observation) -> tuple[list[Verdict], DeviceWindow]:
    window, verdicts = NEW_DEVICE, []
    for observation in observations:
        verdict, window = judge(window, observation)
        verdicts.append(verdict)
    return verdicts, window


def counted(sequence: int, at_s: float, **rest: object) -> Observation:
    return reading(at_s=at_s, **{"session": "a", "sequence": sequence, **rest})  # type: ignore[arg-type]


CASES: dict[str, tuple[list[Observation], list[Verdict]]] = {
    "same event id": ([reading(event_id="e1"), reading(at_s=9, event_id="e1")], ["newer", "duplicate"]),
    "same counter": ([counted(7, 0), counted(7, 48)], ["newer", "duplicate"]),
    "zero is a sequence": ([counted(0, 0), counted(0, 0)], ["newer", "duplicate"]),
    "same time and words": ([reading(), reading()], ["newer", "duplicate"]),
    "same time, other words": ([reading("occupied"), reading("free")], ["newer", "newer"]),
    "late by counter": ([counted(5, 0), counted(4, 9), counted(4, 9)], ["newer", "older", "duplicate"]),
    "newer by counter in spite of its clock": ([counted(5, 50), counted(6, 0)], ["newer", "newer"]),
    "late by time": ([reading(at_s=9), reading(at_s=5)], ["newer", "older"]),
    "another event under a seen number": (
        [counted(5, 0, event_id="x"), counted(5, 0, event_id="y")],
        ["newer", "older"],
    ),
    "new session": (
        [counted(900, 0), counted(0, 5, session="b"), counted(901, 4), counted(901, 4), counted(1, 6, session="b")],
        ["newer", "newer", "older", "duplicate", "newer"],
    ),
    "frame of a session never seen, late": (
        [counted(3, 9), counted(8, 2, session="old"), counted(8, 2, session="old")],
        ["newer", "older", "duplicate"],
    ),
    "start-up begins anew": (
        [
            counted(50, 0),
            counted(0, 5, kind="startup"),
            counted(0, 5, kind="startup"),
            counted(1, 6),
            counted(49, 1),
            counted(50, 0),
        ],
        ["newer", "newer", "duplicate", "newer", "older", "duplicate"],
    ),
    "start-up without a counter": (
        [counted(50, 0), reading(at_s=5, kind="startup"), counted(0, 6)],
        ["newer", "newer", "newer"],
    ),
    "reset nobody announced": ([counted(500, 0), counted(2, 61), counted(3, 62)], ["newer", "newer", "newer"]),
    "far below, but not clearly newer": ([counted(500, 0), counted(2, 59)], ["newer", "older"]),
    "wrap of eight bits": (
        [counted(254, 0), counted(255, 5), counted(0, 10), counted(255, 5), counted(1, 15)],
        ["newer", "newer", "newer", "duplicate", "newer"],
    ),
    "wrap of sixteen bits": ([counted(65535, 0), counted(0, 5)], ["newer", "newer"]),
    "late frame near the wrap": ([counted(250, 100), counted(3, 5)], ["newer", "older"]),
    "telemetry does not outdate a state": (
        [counted(4, 0), counted(6, 9, kind="telemetry", status=None), counted(5, 5)],
        ["newer", "newer", "newer"],
    ),
}


@pytest.mark.parametrize(("observations", "expected"), CASES.values(), ids=CASES.keys())
def test_verdict_is_as_the_table_says(observations: list[Observation], expected: list[Verdict]) -> None:
    assert told(*observations)[0] == expected


def test_window_stays_as_it_was_when_a_copy_comes() -> None:
    _, before = told(counted(3, 0))
    assert judge(before, counted(3, 70))[1] == before


def test_copy_is_found_when_it_lies_anywhere_in_the_counter_window() -> None:
    frames = [counted(n, n) for n in range(WINDOW)]
    _, window = told(*frames)
    assert {judge(window, frame)[0] for frame in frames} == {"duplicate"}


def test_copy_is_found_when_its_key_is_among_the_recent_ones() -> None:
    events = [reading(at_s=n, event_id=f"e{n}") for n in range(RING)]
    _, window = told(*events)
    assert {judge(window, event)[0] for event in events} == {"duplicate"}


def test_key_counts_only_when_it_stands_at_a_whole_place_of_the_ring() -> None:
    _, window = told(reading(event_id="e"))
    across = msgspec.structs.replace(NEW_DEVICE, ring=b"x" + window.ring + b"xxxxx")
    behind = msgspec.structs.replace(NEW_DEVICE, ring=b"xxxxxx" + window.ring)
    assert judge(across, reading(event_id="e"))[0] == "newer"
    assert judge(behind, reading(event_id="e"))[0] == "duplicate"


def test_window_survives_the_live_store() -> None:
    _, window = told(counted(900, 0), counted(3, 5, session="b"), reading(at_s=9, event_id="e"))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(window), type=DeviceWindow) == window
