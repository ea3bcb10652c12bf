"""Takes in again what was kept: the same doors, the present adapters and registry, the time at which each message came.

What arrived twice is found by the engine, as ever; what history has already it leaves out. Readings in our own JSON have
no body beside them, as history holds all that they said: from there they come again, each at its time between the others.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from devices.ingest.parcel import Parcel
from devices.ingest.service import SOURCE, IngestService
from devices.ingest.speaker import Speaker
from devices.ingest.uplinks import UplinkService
from devices.inventory.model import Directory
from devices.registry import SourceUnknownError
from parking.db.unit_of_work import Database
from parking.domain.errors import InvalidInputError, UnavailableError
from parking.occupancy.evidence import Observation
from parking.raw import repository
from parking.raw.bodiless import Place, readings_without_body
from parking.raw.model import RawMessage, RawRef
from parking.raw.repository import Wanted

PAGE: Final = 500
CAMERAS: Final = frozenset({"camera", "pull"})
"""Doors of messages that the present adapters of cameras read."""
WAIT_S: Final = 0.2
"""Between attempts while the streams are full: history and the keeper catch up meanwhile."""

Arrival = tuple[int, Parcel | None]
"""When something came, and what is said by it now; None for what is still not read."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What became of it so far."""

    messages: int = 0
    readings: int = 0
    """Appended; the engine finds those that it had."""
    refused: int = 0
    unread: int = 0
    """Messages that no adapter of this installation reads."""


class Replay:
    """For one command of a person. `speaker_of` finds who delivered a message by the id of its key, `of_camera` reads again
    what a camera said.
    """

    def __init__(
        self,
        database: Database,
        directory: Directory,
        ingest: IngestService,
        uplinks: UplinkService,
        speaker_of: Callable[[str], Speaker],
        of_camera: Callable[[RawMessage], Parcel],
    ) -> None:
        self._database = database
        self._directory = directory
        self._ingest = ingest
        self._uplinks = uplinks
        self._speaker_of = speaker_of
        self._of_camera = of_camera

    async def run(self, wanted: Wanted) -> AsyncGenerator[tuple[int, Tally]]:
        """Yield the time reached, in microseconds, and the tally, after every page that became durable."""
        tally = Tally()
        page: list[Arrival] = []
        async with aclosing(_merged(self._messages(wanted), self._readings(wanted))) as arrivals:
            async for arrival in arrivals:
                page.append(arrival)
                if len(page) == PAGE:
                    tally = await self._submit(page, tally)
                    yield page[-1][0], tally
                    page = []
        if page:
            yield page[-1][0], await self._submit(page, tally)

    async def _submit(self, page: Sequence[Arrival], tally: Tally) -> Tally:
        parcels = [parcel for _, parcel in page if parcel is not None]
        while True:
            try:
                report = await self._ingest.submit(parcels)
            except UnavailableError as error:
                if error.code != "backlog_full":
                    raise
                await asyncio.sleep(WAIT_S)
                continue
            return replace(
                tally,
                messages=tally.messages + len(page),
                readings=tally.readings + report.accepted,
                refused=tally.refused + len(report.rejected),
                unread=tally.unread + len(page) - len(parcels),
            )

    async def _messages(self, wanted: Wanted) -> AsyncGenerator[Arrival]:
        after: RawRef | None = None
        while True:
            async with self._database.reading() as session:
                found = await repository.in_order(session, wanted, after=after, limit=PAGE)
            for ref, message in found:
                yield ref.received_at, self._again(message)
            if len(found) < PAGE:
                return
            after = found[-1][0]

    def _again(self, message: RawMessage) -> Parcel | None:
        try:
            parcel = self._examined(message)
        except (SourceUnknownError, InvalidInputError):
            return None
        parcel.observations = [msgspec.structs.replace(seen, replayed=True) for seen in parcel.observations]
        return parcel

    def _examined(self, message: RawMessage) -> Parcel:
        if message.door in CAMERAS:
            return self._of_camera(message)
        again = self._ingest.examine_again if message.source == SOURCE else self._uplinks.examine_again
        return again(message, self._speaker_of(message.speaker))

    async def _readings(self, wanted: Wanted) -> AsyncGenerator[Arrival]:
        if wanted.kind is not None or wanted.source not in {None, SOURCE}:
            return
        after: Place | None = None
        while True:
            async with self._database.reading() as session:
                found = await readings_without_body(session, wanted, after=after, limit=PAGE)
            for seen in found:
                yield seen.observation.received_at, self._bound(seen.observation)
            if len(found) < PAGE:
                return
            after = found[-1].place

    def _bound(self, seen: Observation) -> Parcel:
        """To the space that the device watched then, as the registry says today."""
        entry = self._directory.entries.get(seen.device_id)
        watch = None if entry is None else entry.watch_at(seen.observed_at)
        if entry is None or watch is None:
            return Parcel()
        bound = msgspec.structs.replace(
            seen,
            space_id=watch.space_id,
            zone_id=watch.zone_id,
            silence_s=entry.silence_s,
            trusted=entry.trusted,
            replayed=True,
            source=entry.source,
        )
        return Parcel([bound])


async def _merged(one: AsyncGenerator[Arrival], other: AsyncGenerator[Arrival]) -> AsyncGenerator[Arrival]:
    """Both in the order of their times, those of `one` first."""
    waiting = await anext(other, None)
    async for arrival in one:
        while waiting is not None and waiting[0] < arrival[0]:
            yield waiting
            waiting = await anext(other, None)
        yield arrival
    while waiting is not None:
        yield waiting
        waiting = await anext(other, None)
