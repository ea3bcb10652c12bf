"""When which space falls silent: each waits at most once, for a second of the clock, and is looked at again when that begins.

A city of a million spaces has as many deadlines, within hours: spaces that wait for one second share a list.
"""

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Final

from parking.occupancy.model import SpaceState
from parking.occupancy.transition import silence_ends_at

WIDTH_US: Final = 1_000_000


class SilenceWatch:
    """A message only moves a deadline back, which costs nothing until the old deadline is due."""

    def __init__(self) -> None:
        self._order: list[int] = []
        """A heap of the seconds for which spaces wait."""
        self._seconds: dict[int, tuple[int, list[str]]] = {}
        """Beside the spaces the number itself, so that all of them share one."""
        self._waiting: dict[str, int] = {}

    def update(self, spaces: Mapping[str, SpaceState | None]) -> None:
        """Take over what became of some spaces: of all that may fall silent earlier than they could before."""
        waiting = self._waiting
        for space_id, state in spaces.items():
            ends_at = None if state is None else silence_ends_at(state)
            if ends_at is None:
                continue
            second = ends_at // WIDTH_US
            due = waiting.get(space_id)
            if due is None or second < due:
                self._wait(space_id, second)

    def expired(self, spaces: Mapping[str, SpaceState], now_us: int) -> list[str]:
        """The spaces that are silent at `now_us`, in order of their deadlines."""
        silent: list[tuple[int, str]] = []
        later: list[tuple[int, str]] = []
        while self._order and self._order[0] * WIDTH_US <= now_us:
            second, waiting = self._seconds.pop(heappop(self._order))
            for space_id in waiting:
                if self._waiting.get(space_id) != second:
                    continue
                del self._waiting[space_id]
                state = spaces.get(space_id)
                ends_at = None if state is None else silence_ends_at(state)
                if ends_at is not None:
                    (silent if ends_at <= now_us else later).append((ends_at, space_id))
        for ends_at, space_id in later:
            self._wait(space_id, ends_at // WIDTH_US)
        return [space_id for _, space_id in sorted(silent)]

    def _wait(self, space_id: str, second: int) -> None:
        found = self._seconds.get(second)
        if found is None:
            found = self._seconds[second] = second, []
            heappush(self._order, second)
        self._waiting[space_id] = found[0]
        found[1].append(space_id)
