"""What one transaction of history writes, prepared shard by shard so that nobody waits long for the process."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from parking.domain.clock import from_micros
from parking.occupancy import copy_form
from parking.occupancy.evidence import Observation
from parking.occupancy.history_rows import Judged, Published, judged, published
from parking.occupancy.model import ChangeBatch
from parking.occupancy.partitions import month_of
from parking.occupancy.unsettled import DISORDERED

DAY_US: Final = 86_400_000_000


class HistoryBatch:
    """Filled with `add`; readings are duplicates no more, and those that were taken in again stand apart: only history
    can say whether it has them.
    """

    def __init__(self) -> None:
        self.readings: list[Judged] = []
        self.again: list[Judged] = []
        self.changes: list[Published] = []
        self.reading_rows: list[bytes] = []
        """The readings as COPY takes them."""
        self.change_rows: list[bytes] = []
        self.change_ids: dict[int, str] = {}
        """By shard, the last change entry in it."""
        self.covered: dict[int, str] = {}
        """By shard, the last entry of readings that is consumed in it."""
        self.is_disordered = False

    def add(self, shard: int, batches: Sequence[tuple[str, ChangeBatch]], raw: Mapping[str, list[Observation]]) -> None:
        """What these change entries of a shard say; `raw` holds the entries of readings that they consumed."""
        readings: list[Judged] = []
        changes: list[Published] = []
        for change_id, batch in batches:
            readings += judged(shard, batch, raw)
            changes += published(shard, change_id, batch)
            self.is_disordered = self.is_disordered or any(
                letter in letters for _, letters in batch.read for letter in DISORDERED
            )
            if batch.read:
                self.covered[shard] = batch.read[-1][0]
            self.change_ids[shard] = change_id
        if any(reading.observation.replayed for reading in readings):
            self.again += [reading for reading in readings if reading.observation.replayed]
            readings = [reading for reading in readings if not reading.observation.replayed]
        self.readings += readings
        self.reading_rows.append(copy_form.observation_rows(readings))
        self.changes += changes
        self.change_rows.append(copy_form.change_rows(changes))

    def oldest_change(self) -> datetime | None:
        """When it was published."""
        return from_micros(min(each.change.at for each in self.changes)) if self.changes else None

    def months(self) -> set[date]:
        """Of which it has rows."""
        days = {reading.observation.received_at // DAY_US for reading in self.readings}
        days |= {reading.observation.received_at // DAY_US for reading in self.again}
        days |= {each.change.at // DAY_US for each in self.changes}
        return {month_of(from_micros(day * DAY_US)) for day in days}
