"""Takes readings in: checks each, appends those that may enter, and answers only when they are durable."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import msgspec

from devices.adapters.generic_json.messages import Reading
from devices.ingest.admission import Refusal, admit, unknown_device
from devices.ingest.appends import SharedAppends
from devices.ingest.recent import RecentKeys, duplicate_key
from devices.ingest.report import IngestReport, Rejected
from devices.ingest.speaker import Speaker
from devices.inventory.model import DeviceEntry, Directory, Watch
from parking.domain.clock import Clock, to_micros
from parking.occupancy.evidence import STATE_KINDS, Observation
from parking.occupancy.ports import ReadingStream


@dataclass(slots=True)
class Parcel:
    """What was examined and waits to be appended, with what was refused on the way."""

    observations: list[Observation] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


class IngestService:
    """One for each process; every way into the platform ends in `submit`."""

    def __init__(self, directory: Directory, stream: ReadingStream, clock: Clock) -> None:
        self._directory = directory
        self._appends = SharedAppends(stream)
        self._clock = clock
        self._recent = RecentKeys()

    async def accept(self, readings: Sequence[Reading | Rejected], speaker: Speaker) -> IngestReport:
        """Take a decoded batch. What the report calls accepted is durable, in the order of the batch.

        Raises `UnavailableError` when the stream cannot take it or the registry was never read; then nothing is
        accepted and the sender repeats the whole batch.
        """
        return await self.submit(self.examine(readings, speaker))

    def examine(self, readings: Sequence[Reading | Rejected], speaker: Speaker) -> Parcel:
        """Check and bind each reading; raises `UnavailableError` before the registry was first read."""
        entries = self._directory.entries
        now = to_micros(self._clock())
        parcel = Parcel()
        for index, reading in enumerate(readings):
            if isinstance(reading, Rejected):
                parcel.rejected.append(reading)
                continue
            outcome = _examine_one(entries.get(reading.device), reading, now, speaker)
            if isinstance(outcome, Refusal):
                parcel.rejected.append(Rejected(index, outcome.code, outcome.detail))
            else:
                parcel.observations.append(outcome)
        return parcel

    async def submit(self, parcel: Parcel) -> IngestReport:
        """Append what has not been seen lately; raises `UnavailableError` as `accept` does."""
        fresh: list[Observation] = []
        keys: set[Hashable] = set()
        for observation in parcel.observations:
            key = duplicate_key(observation)
            if key not in keys and key not in self._recent:
                keys.add(key)
                fresh.append(observation)
        if fresh:
            await self._appends.append(fresh)
            self._recent.add(keys)
        return IngestReport(len(fresh), len(parcel.observations) - len(fresh), parcel.rejected)


def _examine_one(entry: DeviceEntry | None, reading: Reading, now: int, speaker: Speaker) -> Observation | Refusal:
    if entry is None:
        return unknown_device(reading.device)
    observed_at = to_micros(reading.observed_at)
    watch = admit(entry, observed_at, now, speaker)
    if isinstance(watch, Refusal):
        return watch
    if reading.status is msgspec.UNSET and reading.kind in STATE_KINDS:
        return Refusal("field_missing", f"a reading of kind {reading.kind!r} says a `status`, if only null")
    return _observation(entry, reading, watch, observed_at, now)


def _observation(entry: DeviceEntry, reading: Reading, watch: Watch, observed_at: int, now: int) -> Observation:
    return Observation(
        reading.device,
        watch.space_id,
        watch.zone_id,
        reading.kind,
        None if reading.status is msgspec.UNSET else reading.status,
        observed_at,
        now,
        entry.silence_s,
        reading.session,
        reading.sequence,
        reading.id,
        reading.confidence,
        reading.battery_v,
        reading.battery_pct,
        reading.temperature_c,
    )
