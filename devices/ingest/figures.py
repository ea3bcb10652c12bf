"""What came in through which adapter, what became of it, and how long it was under way."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from devices.ingest.admission import UNKNOWN_DEVICE
from devices.ingest.parcel import Parcel
from parking.domain.durations import PATIENT, Durations
from parking.raw.model import RawMessage

OWN: Final = "generic-json"
"""Our own JSON, whose bodies are kept only where something in them was refused."""
MICROSECONDS: Final = 1_000_000


class IngestFigures:
    """Of one process since it began."""

    def __init__(self) -> None:
        self.messages: Counter[tuple[str, str]] = Counter()
        """By adapter and outcome."""
        self.under_way_s: dict[str, Durations] = {}
        """By adapter, from the network's own clock, where the message has one, else from the door, to durable."""

    def taken(self, parcels: Sequence[Parcel], messages: Sequence[RawMessage], now: int) -> None:
        """They are durable at `now`, microseconds since 1970 UTC; `messages` are the bodies, each with what became of it."""
        for parcel in parcels:
            if parcel.raw is None or parcel.raw.source == OWN:
                self._own(parcel, now)
        for message in messages:
            if message.source != OWN:
                self._of_adapter(message, now)

    def _own(self, parcel: Parcel, now: int) -> None:
        self.messages[OWN, "data"] += len(parcel.observations)
        for rejected in parcel.rejected:
            self.messages[OWN, "unknown_device" if rejected.code == UNKNOWN_DEVICE else "refused"] += 1
        if parcel.observations:
            self._durations(OWN).add((now - parcel.observations[0].received_at) / MICROSECONDS)

    def _of_adapter(self, message: RawMessage, now: int) -> None:
        for outcome in message.outcomes:
            self.messages[message.source, outcome.kind] += 1
            self._durations(message.source).add((now - (outcome.server_at or message.received_at)) / MICROSECONDS)

    def _durations(self, source: str) -> Durations:
        found = self.under_way_s.get(source)
        if found is None:
            found = self.under_way_s[source] = Durations(PATIENT)
        return found
