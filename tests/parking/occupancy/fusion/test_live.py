"""The engine itself on simulated days with hidden truth: stream entries in, published changes out."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

import numpy as np
import pytest

from parking.occupancy.engine_batch import ShardState, apply_entries, apply_silence
from parking.occupancy.evidence import Observation, ZoneEntry
from parking.occupancy.fusion.rates import PUBLISHED
from parking.occupancy.fusion.replay import Evidence, Published
from tests.parking.occupancy.fusion.hidden_truth import World, better_alone, evidence, judge, truths

BATCH_US: Final = 20_000_000
"""So much of what arrives is one batch: the engine itself is quicker."""
SILENCE_S: Final = {"geomagnetic": 3 * 3600, "camera": 900}


def observation(row: Evidence) -> Observation:
    sure = row.score if row.score is None or row.status == "occupied" else 1.0 - row.score
    return Observation(
        row.device_id,
        row.space_id,
        "z",
        row.kind,
        row.status,
        row.observed_at,
        row.received_at,
        SILENCE_S[row.device_kind],
        sequence=row.sequence,
        confidence=sure,
        source=row.device_kind,
    )


def published(world: World, rows: list[Evidence]) -> Iterator[Published]:
    shard = ShardState()
    zone = ZoneEntry("z", 1, [(f"s{number}", True) for number in range(world.spaces)], 0)
    shard.absorb(apply_entries(shard, [("1-0", zone)], rows[0].received_at))
    for number, group in groupby(rows, key=lambda row: row.received_at // BATCH_US):
        items = [observation(row) for row in group]
        at = items[-1].received_at
        outcomes = [apply_entries(shard, [("1-1", items)], at)]
        shard.absorb(outcomes[0])
        if number % 15 == 0:
            outcomes.append(apply_silence(shard, shard.spaces, at))
            shard.absorb(outcomes[1])
        for outcome in outcomes:
            for change in outcome.batch.changes:
                # A second word that agrees is told as well, and is no change of the status.
                if change.status == change.previous_status:
                    continue
                yield Published(change.space_id, change.at, change.belief, change.confidence)


def test_engine_is_truer_than_the_better_sensor_when_both_fail() -> None:
    world = World(spaces=80, days=0.8)
    random = np.random.default_rng(7)
    spaces = truths(world, random)
    rows = evidence(world, spaces, random)
    both = judge(world, spaces, published(world, rows))
    assert both.accuracy >= 0.97
    assert both.accuracy >= better_alone(world, spaces, rows) + 0.015
    real = sum(len(truth.changes) for truth in spaces) / world.spaces / world.days
    assert abs(both.changes_a_day / real - 1.0) <= 0.15


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_error_rates_that_are_wrong_by_two_cost_little(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    for name, figure in PUBLISHED.items():
        monkeypatch.setitem(PUBLISHED, name, figure * factor)
    world = World(spaces=40, days=0.6)
    random = np.random.default_rng(21)
    spaces = truths(world, random)
    assert judge(world, spaces, published(world, evidence(world, spaces, random))).accuracy >= 0.965
