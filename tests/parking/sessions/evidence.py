"""Changes of belief as the engine publishes them, made by the engine itself from readings of one space."""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from parking.domain.clock import from_micros, to_micros
from parking.events.envelope import CloudEvent, wrap
from parking.occupancy.changes import space_fact
from parking.occupancy.engine_batch import Outcome, ShardState, apply_closures, apply_entries, apply_silence
from parking.occupancy.evidence import EvidenceKind, Observation, ZoneEntry

NINE: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Zibo."""
SILENCE: Final = timedelta(hours=2)


def minute(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


class Sensor:
    """One space with one device behind a real engine batch; every method answers the events that it caused."""

    def __init__(self, space_id: str = "S1", zone_id: str = "Z1", *, run: str = "") -> None:
        """`run` names a life of the engine, whose events are its own."""
        self._run = run
        self._space_id = space_id
        self._zone_id = zone_id
        self._shard = ShardState()
        self._revision = 0
        self._number = 0
        self.restrict(NINE - timedelta(days=1), closed=False)

    def begins(self, at: datetime) -> list[CloudEvent]:
        """The engine that it speaks to knows nothing any more, and is told which spaces there are."""
        self._shard = ShardState()
        return self.restrict(at, closed=False)

    def reads(
        self,
        status: Literal["occupied", "free"] | None,
        at: datetime,
        kind: EvidenceKind = "change",
        late: timedelta = timedelta(seconds=1),
        previous_s: tuple[int, int] | None = None,
    ) -> list[CloudEvent]:
        received = to_micros(at + late)
        observation = Observation(
            f"device-{self._space_id}",
            self._space_id,
            self._zone_id,
            kind,
            status,
            to_micros(at),
            received,
            int(SILENCE.total_seconds()),
            previous_s=previous_s,
        )
        return self._told(apply_entries(self._shard, [("1-1", [observation])], received))

    def falls_silent(self, last: datetime) -> list[CloudEvent]:
        """Nothing comes any more after a reading of `last`."""
        at = to_micros(last + SILENCE + timedelta(minutes=1))
        return self._told(apply_silence(self._shard, [self._space_id], at))

    def restrict(self, at: datetime, *, closed: bool = True) -> list[CloudEvent]:
        self._revision += 1
        entry = ZoneEntry(self._zone_id, self._revision, [(self._space_id, not closed)], to_micros(at))
        return self._told(apply_entries(self._shard, [("1-1", entry)], to_micros(at)))

    def cleaned(self, start: datetime, end: datetime) -> list[CloudEvent]:
        """A window announced an hour before, which the engine itself opens and closes."""
        self._revision += 1
        announced = to_micros(start - timedelta(hours=1))
        window = (self._space_id, to_micros(start), to_micros(end), "street_cleaning")
        entry = ZoneEntry(self._zone_id, self._revision, [(self._space_id, True)], announced, [window])
        events = self._told(apply_entries(self._shard, [("1-1", entry)], announced))
        for at in (start, end):
            events += self._told(apply_closures(self._shard, [self._zone_id], to_micros(at)))
        return events

    def _told(self, outcome: Outcome) -> list[CloudEvent]:
        self._shard.absorb(outcome)
        at = from_micros(outcome.batch.at)
        self._number += len(outcome.batch.changes)
        return [
            wrap(
                space_fact(change), event_id=f"{self._space_id}{self._run}-{self._number}-{n}", source="engine", time=at
            )
            for n, change in enumerate(outcome.batch.changes)
        ]
