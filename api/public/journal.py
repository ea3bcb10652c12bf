"""The recent changes of this process in one bounded ring, from which every open stream reads at its own pace.

A listener owns nothing but its place in the ring, so a slow one costs no memory: when the ring has passed it, it is
told to start over.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from api.public.position import ChangeOrder, write_position
from parking.occupancy.model import SpaceChange
from parking.occupancy.shards import SHARD_COUNT, Shard

CAPACITY: Final = 20_000
"""Changes of spaces and zones kept in all; a minute of a very busy city."""

Orders = tuple[ChangeOrder, ...]
BEGINNING: Final[Orders] = ((0, 0),) * SHARD_COUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What happened in one moment; it is sent whole or not at all."""

    sequence: int
    shard: Shard | None
    """None for what no change stream tells: staleness and a changed inventory."""
    orders: Orders
    """Positions of all shards once this frame is seen."""
    zone_ids: tuple[str, ...] = ()
    changes: Sequence[SpaceChange] = ()
    starts_over: bool = False
    """True when listeners must read everything again."""

    @property
    def position(self) -> str:
        return write_position(self.orders)

    @property
    def weight(self) -> int:
        return 1 + len(self.zone_ids) + len(self.changes)


class Journal:
    """Frames in order of `sequence`, without holes; the oldest leave first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._frames: deque[Frame] = deque()
        self._weight = 0
        self._floor: list[ChangeOrder] = list(BEGINNING)
        """Per shard the position from which on the ring holds everything."""
        self._more = asyncio.Event()
        self.orders: Orders = BEGINNING
        self.next_sequence = 0

    @property
    def position(self) -> str:
        """The present position of all shards."""
        return write_position(self.orders)

    def record(
        self,
        shard: Shard | None = None,
        order: ChangeOrder | None = None,
        *,
        zone_ids: tuple[str, ...] = (),
        changes: Sequence[SpaceChange] = (),
        starts_over: bool = False,
    ) -> None:
        if shard is not None and order is not None:
            self.orders = (*self.orders[:shard], order, *self.orders[shard + 1 :])
        if not (zone_ids or changes or starts_over):
            return
        frame = Frame(
            sequence=self.next_sequence,
            shard=shard,
            orders=self.orders,
            zone_ids=zone_ids,
            changes=changes,
            starts_over=starts_over,
        )
        self.next_sequence += 1
        self._frames.append(frame)
        self._weight += frame.weight
        while self._weight > self._capacity:
            self._drop()
        self._more.set()
        self._more = asyncio.Event()

    def forget(self, shard: Shard, order: ChangeOrder) -> None:
        """Begin a shard at `order`: nobody can resume from before it."""
        self.orders = (*self.orders[:shard], order, *self.orders[shard + 1 :])
        self._floor[shard] = order

    def after(self, sequence: int, weight: int) -> list[Frame] | None:
        """Frames from `sequence` on, at most about `weight` changes; None when the ring has passed that place."""
        first = self.next_sequence - len(self._frames)
        if sequence < first:
            return None
        found: list[Frame] = []
        for frame in islice(self._frames, sequence - first, None):
            found.append(frame)
            weight -= frame.weight
            if weight <= 0:
                break
        return found

    def since(self, orders: Sequence[ChangeOrder]) -> list[Frame] | None:
        """Frames that a listener at `orders` has not seen; None when some are gone or the position is not ours."""
        for shard, order in enumerate(orders):
            if not self._floor[shard] <= order <= self.orders[shard]:
                return None
        return [
            frame
            for frame in self._frames
            if frame.shard is not None and frame.orders[frame.shard] > orders[frame.shard]
        ]

    async def wait(self, sequence: int) -> None:
        """Return once there is a frame of this sequence."""
        while self.next_sequence <= sequence:
            await self._more.wait()

    def _drop(self) -> None:
        frame = self._frames.popleft()
        self._weight -= frame.weight
        if frame.shard is not None:
            self._floor[frame.shard] = frame.orders[frame.shard]
