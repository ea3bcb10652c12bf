"""Lets concurrent callers share one append, so that a durable write costs a batch and not a caller."""

import asyncio
from collections.abc import Sequence
from typing import Final

from parking.occupancy.evidence import Observation
from parking.raw.model import RawMessage
from parking.raw.ports import Inbox

GROUP_LIMIT: Final = 20_000
"""Observations and messages after which a group takes no more callers."""


class _Group:
    """What several callers bring and what goes in together, or fails together."""

    __slots__ = ("error", "items", "messages", "settled")

    def __init__(self) -> None:
        self.items: list[Observation] = []
        self.messages: list[RawMessage] = []
        self.settled = False
        self.error: Exception | None = None


class SharedAppends:
    """One append is under way at a time; whoever comes meanwhile joins the next one.

    Callers of one group wait at the same lock, and the first to get it appends for all of them. When that caller is
    cancelled half-way, the next one of the group appends again: the engine drops what it already has.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._lock = asyncio.Lock()
        self._open = _Group()

    async def append(self, observations: Sequence[Observation], messages: Sequence[RawMessage] = ()) -> None:
        """Durable when it returns, in order of the calls; raises what the inbox raises."""
        group = self._join(observations, messages)
        async with self._lock:
            if not group.settled:
                await self._settle(group)
        if group.error is not None:
            raise group.error

    def _join(self, observations: Sequence[Observation], messages: Sequence[RawMessage]) -> _Group:
        group = self._open
        size = len(group.items) + len(group.messages)
        if size and size + len(observations) + len(messages) > GROUP_LIMIT:
            group = self._open = _Group()
        group.items.extend(observations)
        group.messages.extend(messages)
        return group

    async def _settle(self, group: _Group) -> None:
        if self._open is group:
            self._open = _Group()
        try:
            await self._inbox.append(group.items, group.messages)
        except Exception as error:  # noqa: BLE001 - handed to every caller of the group, the present one included
            group.error = error
        group.settled = True
