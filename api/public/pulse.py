"""Decides whether the numbers of a shard may be called fresh: its engine has spoken lately and we hear it."""

from collections.abc import Callable
from typing import Final

STALE_AFTER_S: Final = 3.0
CLOCKS_DIFFER_S: Final = 2.0
"""By so much the clock of an engine's machine may be behind ours before its numbers are held to be old."""


class Pulse:
    """Heartbeats as they were seen to move, so that clocks of two machines need not agree to the second.

    What a heartbeat says counts beside it: behind a backlog, or read by a process that was stopped meanwhile, it moves and
    is old.
    """

    def __init__(self, now_us: Callable[[], int], monotonic: Callable[[], float]) -> None:
        self._now_us = now_us
        self._monotonic = monotonic
        self._last: int | None = None
        self._moved_at: float | None = None

    def beat(self, heartbeat_us: int | None) -> None:
        """Note what the live store says now. The first one seen counts as old as it says it is."""
        if heartbeat_us is None or heartbeat_us == self._last:
            return
        age_s = max(0.0, (self._now_us() - heartbeat_us) / 1e6) if self._last is None else 0.0
        self._last = heartbeat_us
        self._moved_at = self._monotonic() - age_s

    @property
    def age_s(self) -> float | None:
        """Seconds since the engine last said that it owns the shard; None when it never did."""
        return None if self._moved_at is None else self._monotonic() - self._moved_at

    @property
    def is_stale(self) -> bool:
        age_s = self.age_s
        if age_s is None or self._last is None or age_s > STALE_AFTER_S:
            return True
        return (self._now_us() - self._last) / 1e6 > STALE_AFTER_S + CLOCKS_DIFFER_S
