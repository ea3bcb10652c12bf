"""What a door has examined and hands in: what may enter, what was refused, and the body word for word."""

from collections.abc import Hashable

import msgspec

from devices.ingest.recent import RecentKeys, duplicate_key
from devices.ingest.report import IngestReport, Rejected
from parking.occupancy.evidence import Observation
from parking.raw.model import Outcome, RawMessage


class Parcel(msgspec.Struct):
    """What came of one body. Without `raw` the body is not kept: history holds all that it said."""

    observations: list[Observation] = []
    rejected: list[Rejected] = []
    raw: RawMessage | None = None


class Load:
    """Parcels that go in together, without what was appended lately or stands in them twice."""

    __slots__ = ("_examined", "_recent", "_rejected", "fresh", "keys", "messages")

    def __init__(self, recent: RecentKeys) -> None:
        self._recent = recent
        self._examined = 0
        self._rejected: list[Rejected] = []
        self.fresh: list[Observation] = []
        self.keys: set[Hashable] = set()
        self.messages: list[RawMessage] = []

    def add(self, parcel: Parcel) -> None:
        before = len(self.fresh)
        for observation in parcel.observations:
            key = duplicate_key(observation)
            if key not in self.keys and key not in self._recent:
                self.keys.add(key)
                self.fresh.append(observation)
        self._examined += len(parcel.observations)
        self._rejected += parcel.rejected
        if parcel.raw is not None:
            is_repeated = bool(parcel.observations) and len(self.fresh) == before
            self.messages.append(_repeated(parcel.raw) if is_repeated else parcel.raw)

    def report(self) -> IngestReport:
        return IngestReport(len(self.fresh), self._examined - len(self.fresh), self._rejected)


def _repeated(message: RawMessage) -> RawMessage:
    """Its sender has brought all of it before: its frames count once."""
    return msgspec.structs.replace(message, outcomes=[_as_duplicate(outcome) for outcome in message.outcomes])


def _as_duplicate(outcome: Outcome) -> Outcome:
    return msgspec.structs.replace(outcome, kind="duplicate") if outcome.kind == "data" else outcome
