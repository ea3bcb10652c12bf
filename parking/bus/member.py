"""One member of one consumer: which partitions it owns, and a lane for each.

Ownership is a lease that expires, so the work of a killed member goes on elsewhere; partitions are shared fairly, and
what a member has too much of it gives up between two events.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from parking.bus.cancellation import still_wanted
from parking.bus.lane import Lane, LaneLostError, LaneStore

BEATS_PER_LEASE: Final = 4
_FAREWELL_S: Final = 2.0

_log = logging.getLogger(__name__)


class Group(Protocol):
    """The members of one consumer and the leases on its partitions, seen by one member."""

    async def beat(self) -> int:
        """Show that this member lives; answers how many do."""

    async def claim(self, partition: int) -> bool:
        """Take a free partition; False when another member has it."""

    async def renew(self, partition: int) -> bool:
        """False when the lease is lost."""

    async def release(self, partition: int) -> None:
        """Give a partition back."""

    async def leave(self) -> None:
        """Count as a member no longer."""

    def store(self, partition: int) -> LaneStore:
        """Make the view of an owned partition."""


class Member:
    """Runs until cancelled; what a lane raises ends the whole member, so that whoever runs it can begin anew."""

    def __init__(
        self, group: Group, partitions: Sequence[int], make_lane: Callable[[LaneStore], Lane], *, lease_s: float
    ) -> None:
        self._group = group
        self._partitions = partitions
        self._make_lane = make_lane
        self._beat_s = lease_s / BEATS_PER_LEASE
        self._owned: dict[int, tuple[Lane, asyncio.Task[None]]] = {}

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    still_wanted()
                    await self._beat(tasks)
                    await asyncio.sleep(self._beat_s)
        finally:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_FAREWELL_S):
                    await self._farewell()

    async def _beat(self, tasks: asyncio.TaskGroup) -> None:
        members = await self._group.beat()
        fair_share = -(-len(self._partitions) // max(1, members))
        await self._keep_leases()
        excess = len(self._owned) - fair_share
        for lane, _ in list(self._owned.values())[: max(0, excess)]:
            lane.stop()
        for partition in self._partitions:
            if len(self._owned) >= fair_share:
                return
            if partition not in self._owned and await self._group.claim(partition):
                lane = self._make_lane(self._group.store(partition))
                self._owned[partition] = (lane, tasks.create_task(self._run_lane(lane, partition)))

    async def _keep_leases(self) -> None:
        for partition, (_, task) in list(self._owned.items()):
            if task.done():
                del self._owned[partition]
                await self._group.release(partition)
            elif not await self._group.renew(partition):
                task.cancel()
                del self._owned[partition]

    @staticmethod
    async def _run_lane(lane: Lane, partition: int) -> None:
        try:
            await lane.run()
        except LaneLostError as error:
            _log.info("partition %d of the bus left: %s", partition, error)

    async def _farewell(self) -> None:
        for partition in self._owned:
            await self._group.release(partition)
        await self._group.leave()
