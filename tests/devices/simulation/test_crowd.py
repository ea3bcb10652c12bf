"""A generated city's sensors: what they say adds up to the truth, in order per device, at the rates of the street."""

from collections import Counter
from typing import Any

import msgspec

from devices.simulation.crowd import BATCH, CHANGES_A_DAY, LANES, Crowd, device_of

START = 1_790_000_000.0
SPACES = [f"s{n:05d}" for n in range(4_000)]


def spoken(crowd: Crowd, *, hours: int) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    for minute in range(1, hours * 60 + 1):
        for lane in crowd.advance(START + minute * 60):
            for body in lane:
                words = msgspec.json.decode(body)["readings"]
                assert len(words) <= BATCH
                said += words
    return said


def test_what_was_said_last_is_the_truth_when_every_sensor_has_spoken() -> None:
    crowd = Crowd(SPACES, seed=3, start=START)
    said = spoken(crowd, hours=3)
    last = {word["device"]: word["status"] == "occupied" for word in said}
    assert last == {device_of(space): occupied for space, occupied in crowd.truth.items()}
    kinds = Counter(word["kind"] for word in said)
    assert kinds["startup"] == len(SPACES)
    assert 0.9 < kinds["change"] / (len(SPACES) * CHANGES_A_DAY * 3 / 24) < 1.1
    assert 2.9 < kinds["restate"] / len(SPACES) <= 3.0


def test_a_device_counts_without_a_gap_and_always_takes_the_same_lane() -> None:
    crowd = Crowd(SPACES, seed=3, start=START)
    counted: Counter[str] = Counter()
    lane_of: dict[str, int] = {}
    for minute in range(1, 200):
        lanes = crowd.advance(START + minute * 60)
        assert len(lanes) == LANES
        for number, lane in enumerate(lanes):
            for body in lane:
                for word in msgspec.json.decode(body)["readings"]:
                    counted[word["device"]] += 1
                    assert word["sequence"] == counted[word["device"]]
                    assert lane_of.setdefault(word["device"], number) == number


def test_same_seed_tells_the_same_story() -> None:
    assert spoken(Crowd(SPACES, seed=5, start=START), hours=1) == spoken(Crowd(SPACES, seed=5, start=START), hours=1)
