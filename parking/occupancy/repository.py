"""SQL of history: positions under lock, and rows by COPY, in the transaction of the session handed in."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.occupancy.history_rows import CHANGE_COLUMNS, OBSERVATION_COLUMNS, Row
from parking.occupancy.tables import HistoryPositionRow, ObservationRow, SpaceStateRow


class HistoryPosition(NamedTuple):
    """The last change entry of a shard that history holds, in which life of the live store."""

    epoch: str
    change_id: str


async def history_positions(
    session: AsyncSession, shards: Collection[int] | None = None, *, lock: bool = False
) -> dict[int, HistoryPosition]:
    """By shard, all or those named; shards without history are absent. `lock` keeps other writers out until the end."""
    query = select(HistoryPositionRow.shard, HistoryPositionRow.epoch, HistoryPositionRow.change_id)
    if shards is not None:
        query = query.where(HistoryPositionRow.shard.in_(shards))
    if lock:
        query = query.order_by(HistoryPositionRow.shard).with_for_update()
    rows = await session.execute(query)
    return {shard: HistoryPosition(epoch, change_id) for shard, epoch, change_id in rows}


async def move_positions(session: AsyncSession, positions: Mapping[int, HistoryPosition]) -> None:
    statement = insert(HistoryPositionRow).values(
        [
            {"shard": shard, "epoch": position.epoch, "change_id": position.change_id}
            for shard, position in sorted(positions.items())
        ]
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[HistoryPositionRow.shard],
            set_={
                "epoch": statement.excluded.epoch,
                "change_id": statement.excluded.change_id,
                "committed_at": func.now(),
            },
        )
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
