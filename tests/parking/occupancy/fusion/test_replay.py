"""The whole path from evidence to published changes, against a truth that it never sees."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from parking.occupancy.evidence import EvidenceSource, SensedStatus
from parking.occupancy.fusion.replay import Evidence, Published, Replay, ReplayedKind
from tests.parking.occupancy.fusion.hidden_truth import World, evidence, final, judge, only, truths
from tests.parking.occupancy.fusion.margin import measured

SECOND: Final = 1_000_000
NOON: Final = 1_800_000_000 * SECOND


def said(
    device: EvidenceSource,
    kind: ReplayedKind,
    at_s: float,
    status: SensedStatus,
    *,
    late_s: float = 1.0,
    number: int = 1,
) -> Evidence:
    score = None if device != "camera" else 0.9 if status == "occupied" else 0.1
    at, received_at = NOON + round(at_s * SECOND), NOON + round((at_s + late_s) * SECOND)
    return Evidence("s", device, device, kind, at, received_at, number, status, score)


def published(*rows: Evidence) -> list[Published]:
    return list(Replay().feed(sorted(rows, key=lambda row: row.received_at)))


def test_two_sensors_are_truer_than_the_better_one_when_both_fail() -> None:
    found = np.array([measured(World(spaces=40, days=1.5), seed) for seed in (1, 2, 3)])
    accuracy, margin, changes = found.mean(axis=0)
    assert accuracy >= 0.97
    assert margin >= 0.015
    assert np.abs(found[:, 2] - 1.0).max() <= 0.15
    assert abs(changes - 1.0) <= 0.1


def test_two_sensors_gain_where_cars_stay_longer_than_gaps_last() -> None:
    accuracy, margin, changes = measured(World(spaces=40, days=2.0, shape=1.0, occupied=0.75, is_aware=True), 1)
    assert accuracy >= 0.97
    assert margin >= 0.015
    assert abs(changes - 1.0) <= 0.15


def test_a_camera_that_is_worse_than_its_figures_is_found_out() -> None:
    world = World(spaces=20, misread=0.25, scored=False)
    random = np.random.default_rng(31)
    spaces = truths(world, random)
    rows = evidence(world, spaces, random)
    alone = judge(world, spaces, Replay().feed(only(rows, "geomagnetic")))
    both = judge(world, spaces, Replay().feed(rows))
    assert both.accuracy > alone.accuracy
    assert both.changes_a_day < 1.5 * world.changes_a_day


def test_one_sensor_alone_is_held_in_its_order() -> None:
    rows = [
        said("geomagnetic", "change", 0, "occupied", number=1),
        said("geomagnetic", "change", 600, "free", number=2, late_s=900),
        said("geomagnetic", "change", 1200, "occupied", number=3),
        said("geomagnetic", "restate", 1800, "occupied", number=4),
    ]
    assert [(one.at, one.status) for one in published(*rows, rows[2])] == [(NOON + SECOND, "occupied")]


def test_a_look_against_a_sure_sensor_waits_for_a_second_one() -> None:
    sensor = [
        said("geomagnetic", "change", 0, "occupied", number=1),
        said("geomagnetic", "restate", 300, "occupied", number=2),
    ]
    looks = [said("camera", "restate", at, "occupied", number=at) for at in (60, 360, 660)]
    assert [one.status for one in published(*sensor, *looks, said("camera", "restate", 960, "free", number=960))] == [
        "occupied"
    ]


def test_late_evidence_ends_in_the_belief_that_it_would_have_made_in_time() -> None:
    world = World(spaces=12, days=1.0, late=0.0)
    random = np.random.default_rng(41)
    spaces = truths(world, random)
    rows = evidence(world, spaces, random)
    end = max(row.received_at for row in rows)
    delays = random.uniform(0, 1_500, size=len(rows)) * (random.random(len(rows)) < 0.1)
    delayed = sorted(
        (
            row._replace(received_at=min(row.received_at + round(delay * SECOND), end))
            for row, delay in zip(rows, delays, strict=True)
        ),
        key=lambda row: row.received_at,
    )
    assert delayed != rows
    assert final(Replay().feed(delayed)) == final(Replay().feed(rows))


@pytest.mark.parametrize("devices", [("geomagnetic",), ("geomagnetic", "camera")])
def test_a_space_is_unknown_once_all_its_devices_are_silent_for_three_intervals(
    devices: tuple[EvidenceSource, ...],
) -> None:
    rows = [said(device, "restate", 0, "occupied", number=1) for device in devices]
    other = Evidence(
        "t", "x", "attendant", "restate", NOON + 20_000 * SECOND, NOON + 20_000 * SECOND, None, "free", None
    )
    changes = [(one.at, one.status) for one in published(*rows, other) if one.space_id == "s"]
    assert changes == [(NOON + SECOND, "occupied"), (NOON + (3 * 3600 + 1) * SECOND, "unknown")]


def test_changes_come_in_the_order_of_publication_when_the_file_is_taken_in_pieces() -> None:
    world = replace(World(), spaces=6, days=1.0)
    random = np.random.default_rng(51)
    rows = evidence(world, truths(world, random), random)
    replay = Replay()
    told = [change for start in range(0, len(rows), 500) for change in replay.feed(rows[start : start + 500])]
    assert [one.at for one in told] == sorted(one.at for one in told)
    assert final(told) == final(Replay().feed(rows))
