"""Measures what fusion gains over the better single sensor, on many simulated streets.

`python -m tests.parking.occupancy.fusion.margin --seeds 10 --worlds even,memoryless`, and with `--figure missed --factor 2` what
it gains where that starting figure (or with `all` every one) is wrong.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from parking.occupancy.fusion.rates import PUBLISHED
from parking.occupancy.fusion.replay import Replay
from tests.parking.occupancy.fusion.hidden_truth import World, better_alone, evidence, judge, truths

EVEN: Final = World(spaces=60, days=5.0)
WORLDS: Final = {
    "even": EVEN,
    "unscored": replace(EVEN, scored=False),
    "memoryless": replace(EVEN, shape=1.0),
    "busy": replace(EVEN, shape=1.0, occupied=0.75, is_aware=True),
    "night": replace(EVEN, occupied=0.65, night=4.0, is_aware=True),
    "looks": replace(EVEN, bad=0.0, misread=0.045, scored=False),
    "stays": replace(EVEN, bad=0.05, misread=0.0, scored=False),
    "short": replace(EVEN, days=3.0, misread=0.05, scored=False),
}


def measured(world: World, seed: int) -> tuple[float, float, float]:
    """Accuracy, what it is above that of the better sensor alone, and published over true changes."""
    random = np.random.default_rng(seed)
    spaces = truths(world, random)
    rows = evidence(world, spaces, random)
    both = judge(world, spaces, Replay().feed(rows))
    real = sum(len(truth.changes) for truth in spaces) / world.spaces / world.days
    return both.accuracy, both.accuracy - better_alone(world, spaces, rows), both.changes_a_day / real


def lines(worlds: list[str], seeds: int) -> Iterator[str]:
    yield "world       accuracy  least   margin   spread  least    changes/true\n"
    for name in worlds:
        found = np.array([measured(WORLDS[name], seed) for seed in range(1, seeds + 1)])
        (accuracy, margin, changes), (least, least_margin, _) = found.mean(axis=0), found.min(axis=0)
        yield (
            f"{name:<11} {accuracy:.4f}    {least:.4f}  {margin:+.4f}  {found[:, 1].std():.4f}  {least_margin:+.4f}  {changes:.3f}\n"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--worlds", default=",".join(WORLDS))
    options.add_argument("--figure", choices=["all", *PUBLISHED])
    options.add_argument("--factor", type=float, default=1.0)
    chosen = options.parse_args()
    for name in PUBLISHED if chosen.figure == "all" else [chosen.figure] if chosen.figure else []:
        PUBLISHED[name] *= chosen.factor
    for line in lines(chosen.worlds.split(","), chosen.seeds):
        sys.stdout.write(line)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
