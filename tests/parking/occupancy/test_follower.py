"""Where a follower of readings goes on, and how long its readings wait for it."""

import pytest

from parking.occupancy.follower import resumed
from parking.occupancy.history_trim import last_to_go
from parking.occupancy.shards import Shard

PLACES: dict[str, tuple[dict[int, str], str, str]] = {
    "at what is stored": ({0: "500-1"}, "900-0", "500-1"),
    "nothing came meanwhile": ({0: "900-0"}, "900-0", "900-0"),
    "never followed before": ({}, "900-0", "900-0"),
    "the store is younger than what is stored": ({0: "1000-0"}, "900-0", "0-0"),
    "the store is empty": ({0: "1000-0"}, "0-0", "0-0"),
}


@pytest.mark.parametrize(("stored", "end", "place"), PLACES.values(), ids=PLACES.keys())
def test_following_goes_on_where_it_was_stored(stored: dict[int, str], end: str, place: str) -> None:
    places = resumed({Shard(shard): entry_id for shard, entry_id in stored.items()}, {Shard(0): end})
    assert places == {Shard(0): place}


BOUNDS: dict[str, tuple[str, str | None, str, str]] = {
    "nobody follows": ("900-0", None, "700-0", "900-0"),
    "the follower is ahead of history": ("900-0", "950-0", "700-0", "900-0"),
    "the follower is behind": ("900-0", "800-0", "700-0", "800-0"),
    "the follower is too far behind": ("900-0", "500-0", "700-0", "700-0"),
    "history is further behind than the follower may be": ("600-0", "500-0", "700-0", "600-0"),
}


@pytest.mark.parametrize(("covered", "followed", "oldest", "last"), BOUNDS.values(), ids=BOUNDS.keys())
def test_readings_wait_for_history_always_and_for_a_follower_for_a_while(
    covered: str, followed: str | None, oldest: str, last: str
) -> None:
    assert last_to_go(covered, followed, oldest) == last
