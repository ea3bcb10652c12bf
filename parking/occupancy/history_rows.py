"""From the streams to what history keeps: each consumed reading with what the engine made of it, each published change."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from parking.domain.clock import from_micros
from parking.occupancy.evidence import Observation
from parking.occupancy.model import ChangeBatch, SpaceChange

DUPLICATE: Final = "d"
LARGEST_BIGINT: Final = 2**63 - 1

Identity = tuple[datetime, str, str, str | None, int | None, str | None, datetime | None]


class Judged(msgspec.Struct, frozen=True, gc=False):
    """One reading that the engine consumed; entry and item are its place in the stream of its shard."""

    shard: int
    entry_id: str
    item: int
    observation: Observation
    letter: str
    """Its disposition (`ChangeBatch.read`)."""


class Published(msgspec.Struct, frozen=True, gc=False):
    """One change; entry and item are its place in the stream of changes of its shard."""

    shard: int
    change_id: str
    item: int
    change: SpaceChange


def judged(shard: int, batch: ChangeBatch, raw: Mapping[str, list[Observation]]) -> Iterable[Judged]:
    """What the batch consumed, but the duplicates; `raw` holds the entries of readings by id."""
    for entry_id, letters in batch.read:
        for item, (observation, letter) in enumerate(zip(raw.get(entry_id, ()), letters.decode(), strict=False)):
            if letter != DUPLICATE:
                yield Judged(shard, entry_id, item, observation, letter)


def published(shard: int, change_id: str, batch: ChangeBatch) -> Iterable[Published]:
    for item, change in enumerate(batch.changes):
        yield Published(shard, change_id, item, change)


def identity_of(observation: Observation) -> Identity:
    """What makes two rows the same reading: when it came, from whom, and its id or counter; its own time where it has
    neither, as that may be known better when it is taken in again.
    """
    return identity(
        from_micros(observation.received_at),
        observation.device_id,
        observation.kind,
        storable(observation.session),
        storable_number(observation.sequence),
        storable(observation.event_id),
        from_micros(observation.observed_at),
    )


def identity(
    received_at: datetime,
    device_id: str,
    kind: str,
    session: str | None,
    sequence: int | None,
    event_id: str | None,
    observed_at: datetime,
) -> Identity:
    """As `identity_of`, from the columns of a row."""
    own_time = observed_at if sequence is None and event_id is None else None
    return received_at, device_id, kind, session, sequence, event_id, own_time


def storable(text: str | None) -> str | None:
    """PostgreSQL keeps no zero character; one such reading must not stop the history of all others."""
    return text if text is None or "\0" not in text else text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def storable_number(number: int | None) -> int | None:
    """A counter that no column holds is not kept."""
    return number if number is None or number <= LARGEST_BIGINT else None
