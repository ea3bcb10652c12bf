"""When which zone has a space to open or close: a heap of the edges of its windows.

A definition that has changed leaves its former edges in the heap; they cause a look that finds nothing to do.
"""

from collections.abc import Mapping
from heapq import heappop, heappush

from parking.occupancy.evidence import ZoneEntry


class ClosureWatch:
    """Edges that have passed are due at once, so that an engine that comes late does what it has missed."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, str]] = []
        self._waiting: set[tuple[int, str]] = set()

    def update(self, zones: Mapping[str, ZoneEntry | None]) -> None:
        """Take over the definitions of some zones."""
        for zone_id, entry in zones.items():
            for _, start, end, _ in () if entry is None else entry.closures:
                for edge in ((start, zone_id), (end, zone_id)):
                    if edge not in self._waiting:
                        self._waiting.add(edge)
                        heappush(self._heap, edge)

    def due(self, now_us: int) -> list[str]:
        """The zones with an edge up to `now_us`, which is then done with."""
        found: set[str] = set()
        while self._heap and self._heap[0][0] <= now_us:
            edge = heappop(self._heap)
            self._waiting.discard(edge)
            found.add(edge[1])
        return sorted(found)
