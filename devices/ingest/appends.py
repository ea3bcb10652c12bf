"""Lets concurrent callers share one append, so that a durable write costs a batch and not a caller."""

import asyncio
from collections.abc import Sequence
from typing import Final

from parking.occupancy.evidence import Observation
from parking.occupancy.ports import ReadingStream

GROUP_LIMIT: Final = 20_000
"""Observations after which a group takes no more callers."""


class _Group:
    """Observations of several callers that go into the stream together, or fail together."""

    __slots__ = ("error", "items", "settled")

    def __init__(self) -> None:
        self.items: list[Observation] = []
        self.settled = False
        self.error: Exception | None = None


class SharedAppends:
    """One append is under way at a time; whoever comes meanwhile joins the next one.

    Callers of one group wait at the same lock, and the first to get it appends for all of them. When that caller is
    cancelled half-way, the next one of the group appends again: the engine drops what it already has.
    """

    def __init__(self, stream: ReadingStream) -> None:
        self._stream = stream
        self._lock = asyncio.Lock()
        self._open = _Group()

    async def append(self, observations: Sequence[Observation]) -> None:
        """Durable when it returns, in order of the calls; raises what the stream raises."""
        group = self._join(observations)
        async with self._lock:
            if not group.settled:
                await self._settle(group)
        if group.error is not None:
            raise group.error

    def _join(self, observations: Sequence[Observation]) -> _Group:
        group = self._open
        if group.items and len(group.items) + len(observations) > GROUP_LIMIT:
            group = self._open = _Group()
        group.items.extend(observations)
        return group

    async def _settle(self, group: _Group) -> None:
        if self._open is group:
            self._open = _Group()
        try:
            await self._stream.append(group.items)
        except Exception as error:  # noqa: BLE001 - handed to every caller of the group, the present one included
            group.error = error
        group.settled = True
