"""Takes readings in: checks each, appends those that may enter, and answers only when they are durable."""

from collections.abc import Sequence
from typing import Final

import msgspec

from devices.adapters.generic_json.messages import Reading
from devices.ingest.admission import UNKNOWN_DEVICE, Refusal, admit, unknown_device
from devices.ingest.appends import SharedAppends
from devices.ingest.decoding import decode_batch, decode_published
from devices.ingest.figures import IngestFigures
from devices.ingest.following import tell_of_door
from devices.ingest.parcel import Load, Parcel
from devices.ingest.recent import RecentKeys
from devices.ingest.report import IngestReport, Rejected
from devices.ingest.speaker import Speaker
from devices.inventory.model import DeviceEntry, Directory, Watch
from parking.domain.clock import Clock, to_micros
from parking.occupancy.evidence import STATE_KINDS, Observation
from parking.occupancy.followed import Followed
from parking.raw.model import Outcome, OutcomeKind, RawMessage
from parking.raw.ports import Inbox

SOURCE: Final = "generic-json"
"""Under which messages in our own JSON are kept, where they are."""
UNREAD: Final = "unread"


class IngestService:
    """One for each process; every way into the platform ends in `submit`."""

    def __init__(
        self,
        directory: Directory,
        inbox: Inbox,
        clock: Clock,
        figures: IngestFigures | None = None,
        followed: Followed | None = None,
    ) -> None:
        self._directory = directory
        self._inbox = inbox
        self._appends = SharedAppends(inbox)
        self._clock = clock
        self._recent = RecentKeys()
        self.figures = figures or IngestFigures()
        self._followed = followed or Followed()

    async def accept(self, readings: Sequence[Reading | Rejected], speaker: Speaker) -> IngestReport:
        """Take a decoded batch. What the report calls accepted is durable, in the order of the batch.

        Raises `UnavailableError` when the stream cannot take it or the registry was never read; then nothing is
        accepted and the sender repeats the whole batch.
        """
        return await self.submit([self.examine(readings, speaker)])

    def examine(
        self, readings: Sequence[Reading | Rejected], speaker: Speaker, *, received_at: int | None = None
    ) -> Parcel:
        """Check and bind each reading; raises `UnavailableError` before the registry was first read.

        What enters is kept by history word for word. Of what does not, the sender is told, and it is kept for a device
        that nobody registered: whoever registers it may take it in then.
        """
        entries = self._directory.entries
        now = to_micros(self._clock()) if received_at is None else received_at
        parcel = Parcel()
        unknown: list[Reading] = []
        for index, reading in enumerate(readings):
            if isinstance(reading, Rejected):
                parcel.rejected.append(reading)
                continue
            outcome = _examine_one(entries.get(reading.device), reading, now, speaker)
            if not isinstance(outcome, Refusal):
                parcel.observations.append(outcome)
                continue
            parcel.rejected.append(Rejected(index, outcome.code, outcome.detail))
            if outcome.code == UNKNOWN_DEVICE:
                unknown.append(reading)
        if unknown:
            parcel.raw = _held(unknown, now, speaker)
        return parcel

    def examine_published(
        self, body: bytes, device_id: str, speaker: Speaker, *, topic: str, received_at: int | None = None
    ) -> Parcel:
        """As `examine`, for what a device publishes of itself; nobody is answered, so what is refused is kept whole."""
        now = to_micros(self._clock()) if received_at is None else received_at
        parcel = self.examine(decode_published(body, device_id), speaker, received_at=now)
        if parcel.rejected:
            outcomes = [_outcome_of(rejected, device_id) for rejected in parcel.rejected]
            parcel.raw = RawMessage(now, "mqtt", SOURCE, "", speaker.speaker_id, body, outcomes, topic)
        return parcel

    def unread(self, body: bytes, speaker: Speaker, *, topic: str) -> Parcel:
        """What a defect of ours kept from being read is kept until it is repaired."""
        outcomes = [Outcome("error", None, "internal_error")]
        now = to_micros(self._clock())
        return Parcel(raw=RawMessage(now, "mqtt", UNREAD, "", speaker.speaker_id, body, outcomes, topic))

    def examine_again(self, message: RawMessage, speaker: Speaker) -> Parcel:
        """As if a kept message in our own JSON came now, at the time at which it came."""
        if message.door == "mqtt":
            device_id = message.topic.split("/")[-2]
            readings = decode_published(message.body, device_id)
        else:
            readings = decode_batch(message.body)
        return self.examine(readings, speaker, received_at=message.received_at)

    async def submit(self, parcels: Sequence[Parcel]) -> IngestReport:
        """Append what has not been seen lately, and the bodies; raises `UnavailableError` as `accept` does.

        A body is durable when this returns or its sender is told to send it again: none is lost in between.
        """
        load = Load(self._recent)
        for parcel in parcels:
            load.add(parcel)
        if load.messages:
            await self._inbox.ensure_room()
        if load.fresh or load.messages:
            await self._appends.append(load.fresh, load.messages)
            self._recent.add(load.keys)
        if self._followed.devices:
            tell_of_door(self._followed, parcels, load.fresh)
        self.figures.taken(parcels, load.messages, to_micros(self._clock()))
        return load.report()


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
        trusted=entry.trusted,
        source=entry.source,
    )


def _held(readings: list[Reading], now: int, speaker: Speaker) -> RawMessage:
    """Those readings of a batch alone: the others are in history."""
    outcomes = [Outcome("unknown_device", reading.device[:64], UNKNOWN_DEVICE) for reading in readings]
    body = msgspec.json.encode({"readings": readings})
    return RawMessage(now, "http", SOURCE, "", speaker.speaker_id, body, outcomes)


def _outcome_of(rejected: Rejected, device_id: str) -> Outcome:
    kind: OutcomeKind = "unknown_device" if rejected.code == UNKNOWN_DEVICE else "refused"
    return Outcome(kind, device_id[:64], rejected.code)
