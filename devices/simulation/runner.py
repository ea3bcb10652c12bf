"""Lets the simulated city live in real time and sends what its devices say, a few lanes at a time.

A device always uses the same lane and a lane sends in order, so the frames of a device keep their order whatever
happens. While the far end is away the lanes fill up, the city waits, and everything is sent when it is back: nothing
piles up without bound and nothing is thrown away.
"""

import asyncio
import zlib
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from devices.simulation.city import City
from devices.simulation.parcels import Parcel, pack

TICK_S: Final = 0.2
LANES: Final = 8
LANE_DEPTH: Final = 2_000
"""Parcels that may wait in one lane."""
HANDFUL: Final = 100
"""Parcels that a lane hands over at once; the readings among them travel as one batch."""


class Sender(Protocol):
    """Carries parcels to the platform."""

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """Delivered, in order per device, when it returns; keeps trying while the far end is away."""


class Runner:
    """`now` gives seconds since 1970 UTC and drives the city."""

    def __init__(self, city: City, sender: Sender, *, now: Callable[[], float]) -> None:
        self._city = city
        self._sender = sender
        self._now = now
        self._lanes: list[asyncio.Queue[Parcel]] = [asyncio.Queue(LANE_DEPTH) for _ in range(LANES)]
        self.sent = 0
        """Parcels delivered so far."""

    async def run(self) -> None:
        """Runs until cancelled; raises what the sender cannot mend by trying again."""
        try:
            async with asyncio.TaskGroup() as group:
                for lane in self._lanes:
                    group.create_task(self._drain(lane))
                group.create_task(self._live())
        except ExceptionGroup as failures:
            # One lane's failure ends them all; the first says why.
            raise failures.exceptions[0] from failures

    async def advance(self) -> None:
        """Hand over what has arrived by now, waiting while lanes are full."""
        for frame in self._city.advance(self._now()):
            for parcel in pack(frame):
                await self._lanes[zlib.crc32(parcel.device_id.encode()) % LANES].put(parcel)

    async def delivered(self) -> None:
        """Wait until nothing is on its way any more."""
        for lane in self._lanes:
            await lane.join()

    async def _live(self) -> None:
        while True:
            await self.advance()
            await asyncio.sleep(TICK_S)

    async def _drain(self, lane: asyncio.Queue[Parcel]) -> None:
        while True:
            parcels = [await lane.get()]
            while len(parcels) < HANDFUL and not lane.empty():
                parcels.append(lane.get_nowait())
            await self._sender.send(parcels)
            self.sent += len(parcels)
            for _ in parcels:
                lane.task_done()
