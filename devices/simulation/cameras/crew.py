"""The cameras of the demonstration city: two that push, each over four spaces that have sensors as well.

They see the same vehicles as the sensors do, the second one with the failures of real ones. A pole of four spaces costs a
message a minute beside what happens on them.
"""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count, groupby
from typing import Final

from devices.simulation.cameras.hikvision import HikvisionCamera
from devices.simulation.cameras.views import CameraFaults, CameraView
from devices.simulation.fleet import Site
from devices.simulation.visits import visit_of
from devices.transport.ports import Answer, Poster
from parking.domain.errors import UnavailableError

BAYS: Final = 4
HEARTBEAT_S: Final = 120
"""Longest time between two messages of a bay."""
POLL_S: Final = 60.0
BEAT_S: Final = 30.0
TICK_S: Final = 0.5
POOR: Final = CameraFaults(occluded=0.05, misread=0.1)
_FAULTS: Final = (CameraFaults(), POOR)
_log = logging.getLogger(__name__)
Step = Callable[[], Awaitable[Answer | None]]


@dataclass(frozen=True, kw_only=True)
class Mounted:
    """A camera and the spaces that it sees, by the number that it uses."""

    camera_id: str
    bays: dict[str, str]
    faults: CameraFaults


def mounted_over(sites: Sequence[Site]) -> list[Mounted]:
    """The same cameras for the same city: over the first spaces of its last zones."""
    zones = [list(found) for _, found in groupby(sorted(sites, key=_place), key=lambda site: site.zone_id)]
    wide = [zone for zone in zones if len(zone) >= BAYS][-len(_FAULTS) :]
    return [
        Mounted(
            camera_id=f"cam-{zone[0].zone_id}",
            bays={str(number + 1): site.space_id for number, site in enumerate(zone[:BAYS])},
            faults=faults,
        )
        for zone, faults in zip(wide, _FAULTS, strict=False)
    ]


def _place(site: Site) -> tuple[str, str]:
    return site.zone_id, site.space_id


class CameraCrew:
    """`arrived` hears of every vehicle from the city, `found` of those that stood there before."""

    def __init__(self, mounted: Sequence[Mounted], poster: Poster, *, seed: int, now: Callable[[], float]) -> None:
        self._seed = seed
        self._now = now
        self._order = count()
        self._due: list[tuple[float, int, HikvisionCamera, Step]] = []
        self._places: dict[str, tuple[HikvisionCamera, str]] = {}
        self._refused: set[HikvisionCamera] = set()
        for place, one in enumerate(mounted):
            view = CameraView(bays=tuple(one.bays), seed=seed + place, faults=one.faults)
            camera = HikvisionCamera(one.camera_id, view, poster, now=self._instant)
            self._places |= {space_id: (camera, bay) for bay, space_id in one.bays.items()}
            self._plan(now() + place, camera, partial(self._repeat, camera, POLL_S, camera.polls))
            self._plan(now() + place, camera, partial(self._repeat, camera, BEAT_S, camera.beats))

    def arrived(self, site: Site, at: float, leaves_at: float) -> None:
        seen = self._places.get(site.space_id)
        if seen is not None:
            camera, bay = seen
            plate = visit_of(site, seed=self._seed, arrived_at=at, leaves_at=leaves_at).plate
            self._plan(at, camera, partial(camera.comes, bay, plate))
            self._plan(leaves_at, camera, partial(camera.goes, bay))

    def found(self, parked: Sequence[tuple[Site, float]]) -> None:
        """A camera that is switched on says what is, and not that it happened."""
        for site, leaves_at in parked:
            seen = self._places.get(site.space_id)
            if seen is not None:
                camera, bay = seen
                camera.view.finds(bay)
                self._plan(leaves_at, camera, partial(camera.goes, bay))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            while self._due and self._due[0][0] <= self._now():
                _, _, camera, step = heapq.heappop(self._due)
                await self._do(camera, step)
            await asyncio.sleep(TICK_S)

    async def _do(self, camera: HikvisionCamera, step: Step) -> None:
        if camera in self._refused:
            return
        try:
            answer = await step()
        except UnavailableError as error:
            _log.warning("a camera was not heard: %s", error.code)
            return
        if answer is not None and answer.status != 200:  # noqa: PLR2004 - what a camera takes for success
            # An installation that is older than these cameras has not registered them.
            _log.info("a simulated camera is not known here and stops")
            self._refused.add(camera)

    async def _repeat(self, camera: HikvisionCamera, every_s: float, step: Step) -> Answer | None:
        self._plan(self._now() + every_s, camera, partial(self._repeat, camera, every_s, step))
        return await step()

    def _plan(self, at: float, camera: HikvisionCamera, step: Step) -> None:
        heapq.heappush(self._due, (at, next(self._order), camera, step))

    def _instant(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)
