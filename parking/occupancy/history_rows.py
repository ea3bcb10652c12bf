"""From the streams to the rows of history, in the order of columns that COPY writes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from parking.domain.clock import from_micros
from parking.occupancy.evidence import Observation
from parking.occupancy.model import ChangeBatch

Row = tuple[object, ...]

OBSERVATION_COLUMNS: Final = (
    "received_at",
    "shard",
    "entry_id",
    "item",
    "device_id",
    "space_id",
    "zone_id",
    "kind",
    "status",
    "observed_at",
    "session",
    "sequence",
    "event_id",
    "confidence",
    "battery_v",
    "battery_pct",
    "temperature_c",
    "disposition",
    "device_at",
    "gateway_at",
    "server_at",
    "previous_least_s",
    "previous_below_s",
    "fault",
    "magnetic",
    "trusted",
    "silence_s",
    "source",
)
CHANGE_COLUMNS: Final = (
    "at",
    "shard",
    "change_id",
    "item",
    "space_id",
    "zone_id",
    "status",
    "previous_status",
    "belief",
    "since",
    "observed_at",
    "evidence",
    "device_id",
    "confidence",
    "reason",
)
IDENTITY_COLUMNS: Final = ("received_at", "device_id", "kind", "session", "sequence", "event_id", "observed_at")
IDENTITY_PLACES: Final = tuple(OBSERVATION_COLUMNS.index(name) for name in IDENTITY_COLUMNS)
LARGEST_BIGINT: Final = 2**63 - 1
DUPLICATE: Final = "d"
_NO_SPAN: Final = (None, None)


def observation_rows(
    shard: int, batch: ChangeBatch, raw: Mapping[str, list[Observation]], again: list[Row]
) -> Iterable[Row]:
    """A row per consumed reading but the duplicates; `raw` holds the entries of readings by id.

    Rows of what was taken in again go to `again`: only history can say whether it has them.
    """
    for entry_id, letters in batch.read:
        for item, (observation, letter) in enumerate(zip(raw.get(entry_id, ()), letters.decode(), strict=False)):
            if letter == DUPLICATE:
                continue
            row = _observation_row(shard, entry_id, item, observation, letter)
            if observation.replayed:
                again.append(row)
            else:
                yield row


def identity_of(values: Sequence[object]) -> tuple[object, ...]:
    """What makes two rows the same reading, from the values of `IDENTITY_COLUMNS`: when it came, from whom, and its id or
    counter; its own time where it has neither, as that may be known better when it is taken in again.
    """
    *same, sequence, event_id, observed_at = values
    return (*same, sequence, event_id, observed_at if sequence is None and event_id is None else None)


def change_rows(shard: int, change_id: str, batch: ChangeBatch) -> Iterable[Row]:
    for item, change in enumerate(batch.changes):
        yield (
            from_micros(change.at),
            shard,
            change_id,
            item,
            change.space_id,
            change.zone_id,
            change.status,
            change.previous_status,
            change.belief,
            from_micros(change.since),
            None if change.observed_at is None else from_micros(change.observed_at),
            change.evidence,
            change.device_id,
            change.confidence,
            change.closed_for or change.reason,
        )


def instants(rows: Iterable[Row]) -> set[datetime]:
    """The first column of each row, by which the tables are partitioned."""
    return {row[0] for row in rows if isinstance(row[0], datetime)}


def _observation_row(shard: int, entry_id: str, item: int, observation: Observation, letter: str) -> Row:
    sequence = observation.sequence
    least_s, below_s = observation.previous_s or _NO_SPAN
    return (
        from_micros(observation.received_at),
        shard,
        entry_id,
        item,
        observation.device_id,
        observation.space_id,
        observation.zone_id,
        observation.kind,
        observation.status,
        from_micros(observation.observed_at),
        storable(observation.session),
        sequence if sequence is None or sequence <= LARGEST_BIGINT else None,
        storable(observation.event_id),
        observation.confidence,
        observation.battery_v,
        observation.battery_pct,
        observation.temperature_c,
        letter,
        None if observation.device_at is None else from_micros(observation.device_at),
        None if observation.gateway_at is None else from_micros(observation.gateway_at),
        None if observation.server_at is None else from_micros(observation.server_at),
        least_s,
        below_s,
        observation.fault,
        observation.magnetic,
        observation.trusted,
        observation.silence_s,
        observation.source,
    )


def storable(text: str | None) -> str | None:
    """PostgreSQL keeps no zero character; one such reading must not stop the history of all others."""
    return text if text is None or "\0" not in text else text.replace("\0", "\N{REPLACEMENT CHARACTER}")
