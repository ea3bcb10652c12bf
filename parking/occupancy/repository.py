"""SQL of history: positions under lock, and rows by COPY, in the transaction of the session handed in."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.occupancy.history_rows import (
    CHANGE_COLUMNS,
    IDENTITY_COLUMNS,
    IDENTITY_PLACES,
    OBSERVATION_COLUMNS,
    Row,
    identity_of,
    instants,
)
from parking.occupancy.streams import START
from parking.occupancy.tables import HistoryPositionRow, ObservationRow, SpaceStateRow


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


async def history_positions(
    session: AsyncSession, shards: Collection[int], *, lock: bool = False
) -> dict[int, HistoryPosition]:
    """By shard; `lock` keeps other writers out until the transaction ends."""
    query = (
        select(HistoryPositionRow.shard, HistoryPositionRow.epoch, HistoryPositionRow.change_id)
        .where(HistoryPositionRow.shard.in_(shards))
        .order_by(HistoryPositionRow.shard)
    )
    rows = await session.execute(query.with_for_update() if lock else query)
    return {shard: HistoryPosition(epoch, change_id) for shard, epoch, change_id in rows}


async def move_positions(session: AsyncSession, positions: Mapping[int, HistoryPosition]) -> None:
    for shard, position in sorted(positions.items()):
        await session.execute(
            update(HistoryPositionRow)
            .where(HistoryPositionRow.shard == shard)
            .values(epoch=position.epoch, change_id=position.change_id)
        )


async def copy_rows(session: AsyncSession, observations: Sequence[Row], changes: Sequence[Row]) -> None:
    """Append rows of history; the partitions of their months must exist."""
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the session has no driver connection")
    for table, columns, rows in (
        (ObservationRow.__tablename__, OBSERVATION_COLUMNS, observations),
        (SpaceStateRow.__tablename__, CHANGE_COLUMNS, changes),
    ):
        if rows:
            await driver.copy_records_to_table(table, records=rows, columns=columns)


async def not_in_history(session: AsyncSession, rows: Sequence[Row]) -> list[Row]:
    """Those readings of the rows that history does not have, each once."""
    columns = [getattr(ObservationRow, name) for name in IDENTITY_COLUMNS]
    found = await session.execute(select(*columns).where(ObservationRow.received_at.in_(instants(rows))))
    seen = {identity_of(values) for values in found}
    missing: list[Row] = []
    for row in rows:
        identity = identity_of([row[place] for place in IDENTITY_PLACES])
        if identity not in seen:
            seen.add(identity)
            missing.append(row)
    return missing
