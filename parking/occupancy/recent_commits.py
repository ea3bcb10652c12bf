"""The last commits of a shard as its engine remembers them, for a primary that was replaced by a replica without the newest ones.

A replica that is promoted holds an earlier moment of its shards, whole. Who has read the changes in between has told them on. So the
engine that made them writes them again, under the ids that they had, and nobody notices that they were away; what was in the stream
of readings is read as it stands there.

Where the store has no replica nothing is promoted and nothing is remembered: what a batch was made of is let go while it is still
at hand in the processor's caches.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from parking.occupancy.engine_batch import Written
from parking.occupancy.model import ChangeBatch
from parking.occupancy.streams import START

MOST_COMMITS: Final = 64
MOST_VALUES: Final = 16_384
"""Written values of all remembered commits of a shard: four full batches, which are more than a second of a city's readings.
Nearly all of these bytes are those of the state itself."""


class Commit(NamedTuple):
    """One batch as it was written."""

    after: str
    """Change entry before it."""
    commits: int
    """How many there were before it."""
    change_id: str
    position: str
    written: Written
    batch: ChangeBatch


class RecentCommits:
    """Of one shard, each on top of the one before."""

    def __init__(self) -> None:
        self.is_wanted = True
        """Whether a replica may be promoted that lacks what is remembered."""
        self._commits: deque[Commit] = deque()
        self._values = 0

    def add(self, commit: Commit) -> None:
        """What was remembered of another past is forgotten."""
        if self._commits and not (self.is_wanted and self._commits[-1].change_id == commit.after):
            self._commits.clear()
            self._values = 0
        if not self.is_wanted:
            return
        self._commits.append(commit)
        self._values += _size(commit)
        while len(self._commits) > MOST_COMMITS or (len(self._commits) > 1 and self._values > MOST_VALUES):
            self._values -= _size(self._commits.popleft())

    def lost(self, change_id: str, commits: int) -> Sequence[Commit]:
        """What a store lacks that ends with this change entry; nothing where it is not of the past that is remembered.

        A store without any change is no earlier moment of it: it was wiped, and begins another life.
        """
        if change_id == START:
            return []
        found = list(self._commits)
        for place, commit in enumerate(found):
            if (commit.after, commit.commits) == (change_id, commits):
                return found[place:]
        return []


def _size(commit: Commit) -> int:
    return sum(len(data) for data in commit.written)
