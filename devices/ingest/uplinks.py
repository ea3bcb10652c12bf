"""Takes in what network servers and gateways forward: envelope, codec of the registered profile, then as any reading."""

from collections import Counter
from collections.abc import Sequence

from devices.ingest.admission import Refusal, admit, is_plausible, unknown_device
from devices.ingest.report import IngestReport, Rejected
from devices.ingest.service import IngestService, Parcel
from devices.ingest.speaker import Speaker
from devices.inventory.model import DeviceEntry, Directory
from devices.ports import Message, PayloadError, Uplink
from devices.registry import ProfileUnknownError, Registry
from parking.domain.clock import Clock, to_micros
from parking.occupancy.evidence import Observation


class UplinkService:
    """One for each process. Joins, status reports and errors of the network are counted and touch no space."""

    def __init__(self, directory: Directory, ingest: IngestService, registry: Registry, clock: Clock) -> None:
        self._directory = directory
        self._ingest = ingest
        self._registry = registry
        self._clock = clock
        self.counts: Counter[tuple[str, str]] = Counter()
        """Messages by source and kind since the process started."""

    async def accept(self, source: str, body: bytes, speaker: Speaker, *, event: str = "") -> IngestReport:
        """Take one message of a platform; what the report calls accepted is durable.

        A body that cannot be read, an unknown device and a payload that its profile does not allow are each an error
        record, never an exception: a platform that is answered with an error sends the same again, and stops in the
        end. Raises `SourceUnknownError`, and `UnavailableError` as `IngestService.accept` does.
        """
        return await self._ingest.submit(self.examine(source, body, speaker, event=event))

    def examine(self, source: str, body: bytes, speaker: Speaker, *, event: str = "") -> Parcel:
        """Read and check without storing; raises as `accept` does."""
        platform = self._registry.platform(source)
        parcel = Parcel()
        try:
            uplinks = platform.parse(body, event=event)
        except PayloadError as error:
            self.counts[source, "invalid"] += 1
            parcel.rejected.append(Rejected(0, error.code, error.detail))
            return parcel
        for index, uplink in enumerate(uplinks):
            self.counts[source, uplink.kind] += 1
            if uplink.kind == "data":
                self._examine_frame(index, uplink, speaker, parcel)
        return parcel

    def _examine_frame(self, index: int, uplink: Uplink, speaker: Speaker, parcel: Parcel) -> None:
        entry = self._directory.entries.get(uplink.device_id)
        outcome = unknown_device(uplink.device_id) if entry is None else self._observe(entry, uplink, speaker)
        if isinstance(outcome, Refusal):
            parcel.rejected.append(Rejected(index, outcome.code, outcome.detail))
        else:
            parcel.observations.extend(outcome)

    def _observe(self, entry: DeviceEntry, uplink: Uplink, speaker: Speaker) -> Sequence[Observation] | Refusal:
        now = to_micros(self._clock())
        observed_at = _observed_at(uplink, now)
        watch = admit(entry, observed_at, now, speaker)
        if isinstance(watch, Refusal):
            return watch
        device = entry.device
        try:
            codec = self._registry.codec_for(device.vendor, device.model, device.version)
            messages = codec.decode(uplink.payload, port=uplink.port, version=device.version)
        except (PayloadError, ProfileUnknownError) as error:
            return Refusal(error.code, error.detail)
        return [
            Observation(
                device.device_id,
                watch.space_id,
                watch.zone_id,
                message.kind,
                message.status,
                observed_at,
                now,
                entry.silence_s,
                uplink.session,
                uplink.sequence,
                _event_id(uplink, number),
                message.confidence,
                message.battery_v,
                _battery(message, uplink),
                message.temperature_c,
            )
            for number, message in enumerate(messages)
        ]


def _battery(message: Message, uplink: Uplink) -> float | None:
    return uplink.battery_pct if message.battery_pct is None else message.battery_pct


def _observed_at(uplink: Uplink, now: int) -> int:
    """Trust the clock nearest to the device among those that can be right (`../reference/devices.md` 5.3)."""
    for instant in (uplink.gateway_at, uplink.server_at):
        if instant is not None and is_plausible(to_micros(instant), now):
            return to_micros(instant)
    return now


def _event_id(uplink: Uplink, number: int) -> str | None:
    """Tell the messages of one frame apart: they share its counter."""
    if number == 0:
        return uplink.event_id
    return f"{uplink.event_id or uplink.session}/{uplink.sequence}/{number}"
