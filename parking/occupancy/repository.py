"""SQL of history: positions under lock, and rows by COPY, in the transaction of the session handed in."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.prepared import Prepared
from parking.domain.clock import from_micros
from parking.occupancy.copy_form import CHANGE_COLUMNS, OBSERVATION_COLUMNS, whole
from parking.occupancy.history_rows import Judged, Published, identity, identity_of
from parking.occupancy.model import SpaceChange
from parking.occupancy.streams import START
from parking.occupancy.tables import HistoryPositionRow, ObservationRow, SpaceStateRow

_LOCKED: Final = Prepared(
    "SELECT shard, epoch, change_id FROM history_position WHERE shard = ANY($1::int[]) ORDER BY shard FOR UPDATE"
)
_MOVE: Final = Prepared(
    """
    UPDATE history_position AS p SET epoch = m.epoch, change_id = m.change_id, committed_at = now()
    FROM unnest($1::int[], $2::text[], $3::text[]) AS m (shard, epoch, change_id) WHERE p.shard = m.shard
    """
)
TOLD_WITHIN: Final = timedelta(days=1)
"""How far a live store can be set back so that its changes are known again: further than any replica lags."""
OWN_EVIDENCE: Final = frozenset({"inventory", "restriction", "history"})
"""Of changes that no device made: the same may rightly happen again."""


class HistoryPosition(NamedTuple):
    """The last change entry of a shard that history holds, in which life of the live store."""

    epoch: str
    change_id: str


async def open_positions(session: AsyncSession, shards: Collection[int]) -> None:
    """Make the rows of shards that have none: only a row that exists can keep a second writer out."""
    await session.execute(
        insert(HistoryPositionRow)
        .values([{"shard": shard, "epoch": "", "change_id": START} for shard in sorted(shards)])
        .on_conflict_do_nothing()
    )


async def history_positions(session: AsyncSession, shards: Collection[int]) -> dict[int, HistoryPosition]:
    """By shard."""
    row = HistoryPositionRow
    rows = await session.execute(select(row.shard, row.epoch, row.change_id).where(row.shard.in_(shards)))
    return {shard: HistoryPosition(epoch, change_id) for shard, epoch, change_id in rows}


async def lock_positions(session: AsyncSession, shards: Collection[int]) -> dict[int, HistoryPosition]:
    """By shard; other writers are kept out until the transaction ends."""
    rows = await _LOCKED.rows(session, sorted(shards))
    return {shard: HistoryPosition(epoch, change_id) for shard, epoch, change_id in rows}


async def move_positions(session: AsyncSession, positions: Mapping[int, HistoryPosition]) -> None:
    """Of shards that the transaction has locked."""
    places = positions.values()
    epochs, change_ids = [place.epoch for place in places], [place.change_id for place in places]
    await _MOVE.rows(session, list(positions), epochs, change_ids)


async def copy_rows(session: AsyncSession, observations: Sequence[bytes], changes: Sequence[bytes]) -> None:
    """Append rows in the form of `copy_form`; the partitions of their months must exist."""
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the session has no driver connection")
    for table, columns, rows in (
        (ObservationRow.__tablename__, OBSERVATION_COLUMNS, observations),
        (SpaceStateRow.__tablename__, CHANGE_COLUMNS, changes),
    ):
        if any(rows):
            await driver.copy_to_table(table, source=_all(whole(rows)), columns=columns, format="binary")


async def not_in_history(session: AsyncSession, readings: Sequence[Judged]) -> list[Judged]:
    """Those of the readings that history does not have, each once."""
    row = ObservationRow
    columns = (row.received_at, row.device_id, row.kind, row.session, row.sequence, row.event_id, row.observed_at)
    instants = {from_micros(reading.observation.received_at) for reading in readings}
    found = await session.execute(select(*columns).where(row.received_at.in_(instants)))
    seen = {identity(*values) for values in found}
    missing: list[Judged] = []
    for reading in readings:
        own = identity_of(reading.observation)
        if own not in seen:
            seen.add(own)
            missing.append(reading)
    return missing


async def not_told(session: AsyncSession, changes: Sequence[Published]) -> list[Published]:
    """Those of the changes that history does not have under another id: of the same evidence, to the same state."""
    row = SpaceStateRow
    columns = (
        row.space_id,
        row.status,
        row.belief,
        row.since,
        row.observed_at,
        row.evidence,
        row.device_id,
        row.reason,
    )
    since = from_micros(min((each.change.at for each in changes), default=0)) - TOLD_WITHIN
    spaces = {each.change.space_id for each in changes}
    rows = await session.execute(select(*columns).where(row.space_id.in_(spaces), row.at > since))
    told = {tuple(values) for values in rows}
    return [each for each in changes if each.change.evidence in OWN_EVIDENCE or _words_of(each.change) not in told]


def _words_of(change: SpaceChange) -> tuple[object, ...]:
    return (
        change.space_id,
        change.status,
        change.belief,
        from_micros(change.since),
        None if change.observed_at is None else from_micros(change.observed_at),
        change.evidence,
        change.device_id,
        change.closed_for or change.reason,
    )


async def _all(data: bytes) -> AsyncIterator[bytes]:
    """As the driver takes what is not a file."""
    yield data
