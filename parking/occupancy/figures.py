"""What the engine and history have done since their process began, for whoever watches over them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from parking.domain.durations import Durations
from parking.occupancy.model import ChangeBatch

DISPOSITIONS: Final = {
    "a": "applied",
    "c": "confirmed",
    "w": "weighed",
    "o": "out_of_order",
    "l": "late",
    "d": "duplicate",
    "t": "told_nothing",
    "u": "unknown_space",
}
"""The letters of `ChangeBatch.read` in words."""
_LETTERS: Final = {letter.encode(): word for letter, word in DISPOSITIONS.items()}


@dataclass(slots=True)
class EngineFigures:
    """Of one engine, over all shards that it owns or owned."""

    readings: Counter[str] = field(default_factory=Counter)
    """By disposition."""
    changes: int = 0
    commits: int = 0
    commit_s: Durations = field(default_factory=Durations)
    """From a batch in hand to its commit in the live store."""
    taken: int = 0
    """Shards that it took, at the start, from engines that left, and from engines that fell silent."""
    lost: int = 0
    """Shards that another engine had taken from it."""

    def committed(self, batch: ChangeBatch, seconds: float) -> None:
        self.commits += 1
        self.changes += len(batch.changes)
        self.commit_s.add(seconds)
        letters = b"".join(of_entry for _, of_entry in batch.read)
        if letters:
            for letter, word in _LETTERS.items():
                self.readings[word] += letters.count(letter)


@dataclass(slots=True)
class HistoryFigures:
    """Of one writer, which stand still while another process has the work."""

    rows: Counter[str] = field(default_factory=Counter)
    """By table."""
    transactions: int = 0
    transaction_s: Durations = field(default_factory=Durations)
    entries_gone: int = 0
    """Entries of readings that were no longer in the stream when history came to them: readings that are lost."""
