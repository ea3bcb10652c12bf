"""When which space falls silent: a heap with at most one waiting entry per space, looked at again when it is due."""

from collections.abc import Mapping
from heapq import heappop, heappush

from parking.occupancy.model import SpaceState
from parking.occupancy.transition import silence_ends_at


class SilenceWatch:
    """A message only moves a deadline back, which costs nothing until the old deadline is due."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, str]] = []
        self._waiting: dict[str, int] = {}

    def update(self, spaces: Mapping[str, SpaceState | None]) -> None:
        """Take over what became of some spaces."""
        waiting = self._waiting
        for space_id, state in spaces.items():
            ends_at = None if state is None else silence_ends_at(state)
            if ends_at is None:
                continue
            due = waiting.get(space_id)
            if due is None or ends_at < due:
                waiting[space_id] = ends_at
                heappush(self._heap, (ends_at, space_id))

    def expired(self, spaces: Mapping[str, SpaceState], now_us: int) -> list[str]:
        """The spaces that are silent at `now_us`, in order of their deadlines."""
        silent: list[str] = []
        later: dict[str, SpaceState] = {}
        while self._heap and self._heap[0][0] <= now_us:
            due, space_id = heappop(self._heap)
            if self._waiting.get(space_id) != due:
                continue
            del self._waiting[space_id]
            state = spaces.get(space_id)
            ends_at = None if state is None else silence_ends_at(state)
            if state is None or ends_at is None:
                continue
            if ends_at <= now_us:
                silent.append(space_id)
            else:
                later[space_id] = state
        self.update(later)
        return silent
