"""Takes in what network servers and gateways forward: envelope, codec of the registered profile, then as any reading."""

import logging
from collections import Counter
from collections.abc import Sequence

from devices.ingest.admission import UNKNOWN_DEVICE, Refusal, admit, unknown_device
from devices.ingest.frames import observations_of, observed_at
from devices.ingest.parcel import Parcel
from devices.ingest.report import IngestReport, Rejected
from devices.ingest.service import IngestService
from devices.ingest.speaker import Speaker
from devices.inventory.model import DeviceEntry, Directory
from devices.ports import Message, PayloadError, Uplink
from devices.registry import ProfileUnknownError, Registry
from parking.domain.clock import Clock, to_micros
from parking.raw.model import Door, Outcome, OutcomeKind, RawMessage

_log = logging.getLogger(__name__)


class UplinkService:
    """One for each process. Joins, status reports and errors of the network are kept and touch no space."""

    def __init__(self, directory: Directory, ingest: IngestService, registry: Registry, clock: Clock) -> None:
        self._directory = directory
        self._ingest = ingest
        self._registry = registry
        self._clock = clock
        self.counts: Counter[tuple[str, str]] = Counter()
        """Messages by source and kind since the process started."""
        self._failures: set[tuple[str, str]] = set()
        """Adapters that have failed, with what they raised: each is told once."""

    async def accept(self, source: str, body: bytes, speaker: Speaker, *, event: str = "") -> IngestReport:
        """Take one message of a platform; what the report calls accepted is durable, and so is the body.

        A body that cannot be read, an unknown device and a payload that its profile does not allow are each an error
        record, never an exception: a platform that is answered with an error sends the same again, and stops in the
        end. Raises `SourceUnknownError`, and `UnavailableError` as `IngestService.accept` does.
        """
        return await self._ingest.submit([self.examine(source, body, speaker, event=event)])

    def examine(
        self, source: str, body: bytes, speaker: Speaker, *, event: str = "", door: Door = "http", topic: str = ""
    ) -> Parcel:
        """Read and check without storing; raises as `accept` does."""
        outcomes: list[Outcome] = []
        raw = RawMessage(to_micros(self._clock()), door, source, event, speaker.speaker_id, body, outcomes, topic)
        parcel = self._read(raw, speaker, outcomes)
        parcel.raw = raw
        return parcel

    def examine_again(self, message: RawMessage, speaker: Speaker) -> Parcel:
        """As if a kept message came now, at the time at which it came; what the registry says today counts."""
        return self._read(message, speaker, [])

    def _read(self, raw: RawMessage, speaker: Speaker, outcomes: list[Outcome]) -> Parcel:
        platform = self._registry.platform(raw.source)
        parcel = Parcel()
        try:
            uplinks = platform.parse(raw.body, event=raw.event)
        except Exception as error:  # noqa: BLE001 - adapters of other people's packages run here as well
            refusal = self._refusal_of(error, raw.source)
            self.counts[raw.source, "invalid"] += 1
            parcel.rejected.append(Rejected(0, refusal.code, refusal.detail))
            outcomes.append(Outcome("refused", None, refusal.code))
            return parcel
        for index, uplink in enumerate(uplinks):
            self.counts[raw.source, uplink.kind] += 1
            outcomes.append(self._take(index, uplink, speaker, raw.received_at, parcel))
        return parcel

    def _take(self, index: int, uplink: Uplink, speaker: Speaker, now: int, parcel: Parcel) -> Outcome:
        """Add to the parcel what one uplink says; only a frame of data says something."""
        entry = self._directory.wired.get(uplink.device_id)
        if entry is None:
            if uplink.kind == "data":
                refusal = unknown_device(uplink.device_id)
                parcel.rejected.append(Rejected(index, refusal.code, refusal.detail))
            return _outcome("unknown_device", uplink, uplink.device_id, UNKNOWN_DEVICE)
        device_id = entry.device.device_id
        if uplink.kind != "data":
            if not speaker.covers(device_id, entry.district_id):
                return _outcome("refused", uplink, device_id, "device_not_allowed")
            return _outcome(uplink.kind, uplink, device_id)
        kind, why = self._take_frame(entry, uplink, speaker, now, parcel)
        if why is None:
            return _outcome(kind, uplink, device_id)
        parcel.rejected.append(Rejected(index, why.code, why.detail))
        return _outcome(kind, uplink, device_id, why.code)

    def _take_frame(
        self, entry: DeviceEntry, uplink: Uplink, speaker: Speaker, now: int, parcel: Parcel
    ) -> tuple[OutcomeKind, Refusal | None]:
        at = observed_at(uplink, now)
        watch = admit(entry, at, now, speaker)
        if isinstance(watch, Refusal):
            return "refused", watch
        messages = self._decode(entry, uplink)
        if isinstance(messages, Refusal):
            return "undecodable", messages
        parcel.observations += observations_of(entry, watch, uplink, messages, observed_at=at, now=now)
        return "data", None

    def _decode(self, entry: DeviceEntry, uplink: Uplink) -> Sequence[Message] | Refusal:
        device = entry.device
        try:
            codec = self._registry.codec_for(device.vendor, device.model, device.version)
            return codec.decode(uplink.payload, port=uplink.port, version=device.version)
        except Exception as error:  # noqa: BLE001 - as above
            return self._refusal_of(error, f"{device.vendor}/{device.model}")

    def _refusal_of(self, error: Exception, adapter: str) -> Refusal:
        """A defect of an adapter costs one message its answer, which is kept and can be taken in again, and no other."""
        if isinstance(error, PayloadError | ProfileUnknownError):
            return Refusal(error.code, error.detail)
        failure = (adapter, type(error).__name__)
        if failure not in self._failures:
            self._failures.add(failure)
            _log.error("the adapter of %s fails", adapter, exc_info=error)
        return Refusal("adapter_failed", f"the adapter of {adapter} failed; the message is kept")


def _outcome(kind: OutcomeKind, uplink: Uplink, device_id: str, code: str | None = None) -> Outcome:
    return Outcome(
        kind,
        device_id,
        code,
        uplink.session,
        uplink.sequence,
        uplink.battery_pct,
        uplink.rssi_dbm,
        uplink.snr_db,
        None if uplink.server_at is None else to_micros(uplink.server_at),
        uplink.detail,
    )
