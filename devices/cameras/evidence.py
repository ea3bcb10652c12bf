"""Works off the messages of cameras that have pictures or plates, each in one transaction with the note that it is done.

Pictures go to `parking.evidence`, sealed, under the space and the stay that they show; plates to their stays. A stay begins a
moment after the camera's change has gone through the engine, so a message waits for it for a while.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from devices.cameras import pictures, plates, repository
from devices.cameras.directory import CameraDirectory
from devices.cameras.model import Camera, PlatePolicy, direction_of, later
from devices.cameras.observing import CameraSpeaker, Observed, Scene, observe
from devices.cameras.repository import Waiting
from devices.cameras.subjects import Subject, subject_of
from devices.inventory.model import Directory
from devices.ports import PayloadError, Sighting
from devices.registry import Registry
from parking.db.unit_of_work import Database
from parking.db.watch import OUTAGES
from parking.domain.clock import Clock, from_micros, to_micros
from parking.domain.errors import ParkingError, UnavailableError
from parking.evidence.service import EvidenceStore
from parking.privacy.vault import PlateVault

WAITS_FOR_A_STAY: Final = timedelta(minutes=2)
"""So long after its receipt a change still expects its stay to begin."""
MOST_TRIES: Final = 12
"""Of work that fails: with growing waits, about an hour."""
IDLE_S: Final = 30.0

_log = logging.getLogger(__name__)


class Gate(Protocol):
    """Who takes in what a camera reads at the gate of a facility."""

    async def passed(
        self,
        session: AsyncSession,
        *,
        facility_id: str,
        item_id: str,
        direction: str,
        at: datetime,
        plate: str,
        lane: str | None,
        by: str,
    ) -> None:
        """Once per `item_id`; raises `ParkingError` for what can never be taken."""


class EvidenceWorker:
    """Any number of them work side by side. `wake` says that something was filed."""

    def __init__(
        self,
        database: Database,
        cameras: CameraDirectory,
        devices: Directory,
        registry: Registry,
        vault: PlateVault,
        gate: Gate,
        clock: Clock,
        *,
        policy: PlatePolicy | None = None,
    ) -> None:
        self._database = database
        self._cameras = cameras
        self._devices = devices
        self._registry = registry
        self._vault = vault
        self._store = EvidenceStore(vault)
        self._gate = gate
        self._clock = clock
        self._policy = policy or PlatePolicy()
        self._filed = asyncio.Event()

    async def wake(self) -> None:
        self._filed.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._filed.clear()
            while await self.work_one():
                pass
            async with self._database.transaction() as session:
                due = await repository.next_due(session)
            wait_s = IDLE_S if due is None else max(0.0, (due - self._clock()).total_seconds())
            try:
                async with asyncio.timeout(min(wait_s, IDLE_S)):
                    await self._filed.wait()
            except TimeoutError:
                continue

    async def work_one(self) -> bool:
        """Work off the message that is due longest; False when none is due."""
        waiting: Waiting | None = None
        try:
            async with self._database.transaction() as session:
                waiting = await repository.take_due(session, self._clock())
                if waiting is None:
                    return False
                await self._work(session, waiting)
        except OUTAGES:
            raise
        except Exception as error:  # noqa: BLE001 - one message that cannot be worked off may not hold up the others
            await self._failed(waiting, error)
        return True

    async def _work(self, session: AsyncSession, waiting: Waiting) -> None:
        camera = self._cameras.get(waiting.camera_id)
        sightings = () if camera is None else self._sightings(camera, waiting)
        if camera is None or not sightings:
            await repository.settle(session, waiting.message_id)
            return
        now = self._clock()
        observed = self._places(camera, sightings, waiting.received_at)
        subjects = [await subject_of(session, sightings[index], place) for index, place in observed.places.items()]
        expected = any(subject.stay is None and subject.expects_stay for subject in subjects)
        if expected and now - waiting.received_at < WAITS_FOR_A_STAY:
            due_at = later(min(waiting.tries, 4), now)
            await repository.put_off(session, waiting.message_id, tries=waiting.tries + 1, due_at=due_at)
            return
        by = f"camera:{camera.camera_id}"
        await pictures.keep(session, self._store, subjects, registry=self._devices, by=by, now=now)
        for subject in subjects:
            await self._attribute(session, subject, by, now)
        for index, sighting in enumerate(sightings):
            if index not in observed.places:
                await self._pass(session, camera, waiting, index, sighting)
        await repository.settle(session, waiting.message_id)

    def _sightings(self, camera: Camera, waiting: Waiting) -> Sequence[Sighting]:
        body = self._vault.open_content(waiting.key_id, waiting.sealed, waiting.message_id)
        try:
            return self._registry.camera(waiting.adapter).parse(
                body, media_type=waiting.media_type, zone=camera.time_zone, event=waiting.event
            )
        except PayloadError:
            # It was read when it came; the adapter has been changed since.
            return ()

    def _places(self, camera: Camera, sightings: Sequence[Sighting], received_at: datetime) -> Observed:
        scene = Scene(
            camera=camera,
            entries=self._devices.entries,
            bays=self._cameras.bays(camera.camera_id),
            speaker=CameraSpeaker(camera.camera_id),
        )
        return observe(scene, sightings, to_micros(received_at), tells_life=False)

    async def _attribute(self, session: AsyncSession, subject: Subject, by: str, now: datetime) -> None:
        sighting, stay, place = subject.sighting, subject.stay, subject.place
        if not place.trusted:
            return
        if stay is not None and sighting.plate is not None:
            await plates.attribute(
                session, self._vault, stay, sighting, policy=self._policy, observed_at=subject.at, by=by, now=now
            )
        if stay is None and sighting.look_back and sighting.status == "occupied":
            # This is what looking back is for: a car that was there and that nobody noticed.
            await plates.contradict(session, place.space_id, place.zone_id, plates.MISSED, subject.at, now)

    async def _pass(
        self, session: AsyncSession, camera: Camera, waiting: Waiting, index: int, sighting: Sighting
    ) -> None:
        direction = direction_of(camera.passing, sighting.direction)
        if camera.facility_id is None or direction is None or sighting.plate is None or sighting.kind != "plate":
            return
        if not self._policy.is_certain(sighting):
            return
        try:
            async with session.begin_nested():
                await self._gate.passed(
                    session,
                    facility_id=camera.facility_id,
                    item_id=f"{waiting.message_key}.{index}",
                    direction=direction,
                    at=from_micros(_at(sighting, waiting.received_at)),
                    plate=sighting.plate,
                    lane=sighting.lane,
                    by=f"camera:{camera.camera_id}",
                )
        except UnavailableError:
            raise
        except ParkingError as error:
            _log.info("a reading of camera %s at its gate was refused: %s", camera.camera_id, error.code)

    async def _failed(self, waiting: Waiting | None, error: Exception) -> None:
        if waiting is None:
            raise error
        tries, now = waiting.tries + 1, self._clock()
        # The error's own text may quote what the message says, so only its kind is written down.
        reason = error.code if isinstance(error, ParkingError) else type(error).__name__
        async with self._database.transaction() as session:
            if tries >= MOST_TRIES:
                _log.error("a message of camera %s is given up after %d tries: %s", waiting.camera_id, tries, reason)
                await repository.settle(session, waiting.message_id)
            else:
                due_at = later(tries, now)
                _log.warning("a message of camera %s waits: %s", waiting.camera_id, reason)
                await repository.put_off(session, waiting.message_id, tries=tries, due_at=due_at)


def _at(sighting: Sighting, received_at: datetime) -> int:
    return to_micros(sighting.observed_at or received_at)
