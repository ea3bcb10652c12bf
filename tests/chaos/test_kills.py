"""A small form of `make soak`: thirty misfortunes under traffic, and nothing answered is lost, doubled, disordered or called
fresh when it is stale.
"""

from pathlib import Path
from typing import Final

import pytest

from parking.occupancy.shards import SHARD_COUNT
from tests.chaos.readings import SEED, Plan, strike_city

pytestmark = [pytest.mark.service, pytest.mark.chaos]

MISFORTUNES: Final = (
    # Who sleeps past his lease is not killed and finds his shards taken: until he wakes others are struck.
    "one worker stopped beyond its lease",
    "the database killed",
    "all lines to the database cut",
    "the commits of the database slowed",
    "the door killed",
    "the database killed",
    "the door stopped",
    "all lines to the live store cut",
    "the flush of the live store slowed",
    "the database stopped",
    "one worker killed",
    "the live store killed",
    "the database killed",
    "the live store killed in a slow flush",
    "one worker stopped beyond its lease",
    "the live store stopped",
    "the database killed",
    "the live store killed",
    "everything killed at once",
    "the live store killed",
    "one worker killed",
    "the database stopped",
    "the commits of the database slowed",
    "both workers killed",
    "the live store stopped",
    "the door killed",
    "the live store killed in a slow flush",
    "the flush of the live store slowed",
    "everything killed at once",
    "the live store killed",
)
SEEN: Final = frozenset(
    {
        "counts are sums",
        "public counts add up",
        "fresh is fresh",
        "fresh is not behind",
        "events in order",
        "events join",
        "each device's readings once",
        "every change was told on the bus",
        "the last words are shown",
    }
)


async def test_nothing_is_lost_doubled_or_falsely_fresh_when_everything_is_killed_stopped_and_slowed(
    open_folder: Path,
) -> None:
    plan = Plan(
        spaces=1000,
        sensors=160,
        rate=320,
        every=2,
        misfortunes=MISFORTUNES,
        seconds=12,
        heals=0.0,
        seed=SEED,
        settled_within_s=120,
    )
    report = await strike_city(open_folder, plan)
    print("\n".join((*report.story, *report.lines())))
    assert report.wrong == []
    assert report.misfortunes.total() == len(MISFORTUNES) == 30
    assert report.checks.keys() >= SEEN
    assert report.readings["repeated"] > 0
    assert report.owners > 2 * SHARD_COUNT, "the shards of who slept, was killed or cut off were taken over"
