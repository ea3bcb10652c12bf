"""Takes in what network servers and gateways forward: envelope, codec of the registered profile, then as any reading."""

import logging
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from devices.ingest.admission import UNKNOWN_DEVICE, Refusal, admit, unknown_device
from devices.ingest.frames import Clocks, clocks_of, observations_of
from devices.ingest.parcel import Parcel
from devices.ingest.report import IngestReport, Rejected
from devices.ingest.service import UNREAD, IngestService
from devices.ingest.speaker import Speaker
from devices.inventory.model import DeviceEntry, Directory
from devices.ports import Message, PayloadError, Uplink
from devices.registry import ProfileUnknownError, Registry, Route, SourceUnknownError
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

    @property
    def topics(self) -> tuple[str, ...]:
        """What to subscribe to at a broker."""
        return self._registry.topics.filters

    async def accept(self, source: str, body: bytes, speaker: Speaker, *, event: str = "") -> IngestReport:
        """Take one message of a platform; what the report calls accepted is durable, and so is the body.

        A body that cannot be read, an unknown device and a payload that its profile does not allow are each an error
        record, never an exception: a platform that is answered with an error sends the same again, and stops in the
        end. Raises `SourceUnknownError`, and `UnavailableError` as `IngestService.accept` does.
        """
        return await self._ingest.submit([self.examine(source, body, speaker, event=event)])

    def examine(self, source: str, body: bytes, speaker: Speaker, *, event: str = "") -> Parcel:
        """Read and check without storing; raises as `accept` does."""
        return self._examine(_route(source, event), body, speaker, "http", "")

    def examine_published(self, topic: str, body: bytes, speaker: Speaker) -> Parcel | None:
        """As `examine`, for a message from a broker; None for a topic of no platform."""
        route = self._registry.topics.find(topic)
        return None if route is None else self._examine(route, body, speaker, "mqtt", topic)

    def examine_again(self, message: RawMessage, speaker: Speaker) -> Parcel:
        """As if a kept message came now, at the time at which it came; what the registry says today counts.

        Raises `SourceUnknownError` where no adapter reads it today.
        """
        route: Route | None = Route((message.source,), message.event)
        if message.source == UNREAD:
            route = self._registry.topics.find(message.topic)
        if route is None:
            raise SourceUnknownError("no platform publishes on that topic")
        source, read = self._parse(route, message.body)
        return self._sort(source, read, speaker, message.received_at, [])

    def _examine(self, route: Route, body: bytes, speaker: Speaker, door: Door, topic: str) -> Parcel:
        outcomes: list[Outcome] = []
        now = to_micros(self._clock())
        source, read = self._parse(route, body)
        parcel = self._sort(source, read, speaker, now, outcomes)
        parcel.raw = RawMessage(now, door, source, route.event, speaker.speaker_id, body, outcomes, topic)
        return parcel

    def _parse(self, route: Route, body: bytes) -> tuple[str, Sequence[Uplink] | Refusal]:
        """The first of the platforms that can read it, and what it read; the first one's refusal where none can."""
        refusals: list[Refusal] = []
        for source in route.sources:
            platform = self._registry.platform(source)
            try:
                return source, platform.parse(body, event=route.event)
            except Exception as error:  # noqa: BLE001 - adapters of other people's packages run here as well
                refusals.append(self._refusal_of(error, source))
        return route.sources[0], refusals[0]

    def _sort(
        self, source: str, read: Sequence[Uplink] | Refusal, speaker: Speaker, now: int, outcomes: list[Outcome]
    ) -> Parcel:
        parcel = Parcel()
        if isinstance(read, Refusal):
            self.counts[source, "invalid"] += 1
            parcel.rejected.append(Rejected(0, read.code, read.detail))
            outcomes.append(Outcome("refused", None, read.code))
            return parcel
        for index, uplink in enumerate(read):
            self.counts[source, uplink.kind] += 1
            outcomes.append(self._take(index, uplink, speaker, now, parcel))
        return parcel

    def _take(self, index: int, uplink: Uplink, speaker: Speaker, now: int, parcel: Parcel) -> Outcome:
        """Add to the parcel what one uplink says; only a frame of data says something."""
        clocks = clocks_of(uplink, now)
        entry = self._entry_of(uplink)
        if entry is None:
            return self._of_nobody(index, uplink, clocks, parcel)
        device_id = entry.device.device_id
        if uplink.kind != "data":
            if not speaker.covers(device_id, entry.district_id):
                return _outcome("refused", uplink, clocks, device_id, "device_not_allowed")
            return _outcome(uplink.kind, uplink, clocks, device_id)
        kind, why = self._take_frame(entry, uplink, speaker, clocks, parcel)
        if why is None:
            return _outcome(kind, uplink, clocks, device_id)
        parcel.rejected.append(Rejected(index, why.code, why.detail))
        return _outcome(kind, uplink, clocks, device_id, why.code)

    @staticmethod
    def _of_nobody(index: int, uplink: Uplink, clocks: Clocks, parcel: Parcel) -> Outcome:
        """A device that nobody registered, or one of many messages that does not say whose it is."""
        if not uplink.device_id:
            return _outcome("error", uplink, clocks, None, "envelope_invalid")
        if uplink.kind == "data":
            refusal = unknown_device(uplink.device_id)
            parcel.rejected.append(Rejected(index, refusal.code, refusal.detail))
        return _outcome("unknown_device", uplink, clocks, uplink.device_id, UNKNOWN_DEVICE)

    def _entry_of(self, uplink: Uplink) -> DeviceEntry | None:
        """The device, under whichever of its names the city has registered it."""
        wired = self._directory.wired
        entry = wired.get(uplink.device_id)
        if entry is None and uplink.other_ids:
            entry = next((wired[name] for name in uplink.other_ids if name in wired), None)
        return entry

    def _take_frame(
        self, entry: DeviceEntry, uplink: Uplink, speaker: Speaker, clocks: Clocks, parcel: Parcel
    ) -> tuple[OutcomeKind, Refusal | None]:
        at = clocks.observed_at
        watch = admit(entry, at, clocks.now, speaker)
        if isinstance(watch, Refusal):
            return "refused", watch
        messages = self._decode(entry, uplink)
        if isinstance(messages, Refusal):
            return "undecodable", messages
        parcel.observations += observations_of(entry, watch, uplink, messages, observed_at=at, clocks=clocks)
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


def _outcome(
    kind: OutcomeKind, uplink: Uplink, clocks: Clocks, device_id: str | None, code: str | None = None
) -> Outcome:
    return Outcome(
        kind,
        device_id,
        code,
        uplink.session,
        uplink.sequence,
        uplink.battery_pct,
        uplink.rssi_dbm,
        uplink.snr_db,
        clocks.server_at,
        uplink.detail,
    )


@lru_cache(maxsize=256)
def _route(source: str, event: str) -> Route:
    return Route((source,), event)
