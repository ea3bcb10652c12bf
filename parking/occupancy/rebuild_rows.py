"""What a rebuild reads of history: readings and published changes after a checkpoint, or the last ones where there is none."""

from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, cast, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.clock import from_micros, to_micros
from parking.occupancy.evidence import Observation
from parking.occupancy.repository import HistoryPosition, lock_positions, move_positions, open_positions
from parking.occupancy.retrace import Entry, Heard, Told
from parking.occupancy.stored_readings import COLUMNS, reading_of
from parking.occupancy.streams import START, id_order
from parking.occupancy.tables import ObservationRow, SpaceStateRow

SLACK: Final = timedelta(minutes=10)
"""A reading may have been received so long before its entry was written, and a change made before it was published."""
FETCHED: Final = 5000
_UNKNOWN: Final = "u"
_CHANGE: Final = tuple(getattr(SpaceStateRow, name) for name in Told._fields)
_LAST_TOLD = text(f"""
    SELECT {", ".join(f"c.{name}" for name in Told._fields)}
    FROM unnest(CAST(:space_ids AS text[])) AS s(space_id)
    CROSS JOIN LATERAL (
        SELECT * FROM space_state_change
        WHERE space_id = s.space_id
        ORDER BY at DESC, CAST(split_part(change_id, '-', 1) AS bigint) DESC, CAST(split_part(change_id, '-', 2) AS bigint) DESC, item DESC
        LIMIT 1
    ) c
    WHERE c.shard = :shard
""")  # noqa: S608 - the names are those of a tuple
_LAST_HEARD = text("""
    SELECT s.space_id, o.received_at, o.observed_at, o.silence_s
    FROM unnest(CAST(:space_ids AS text[])) AS s(space_id)
    CROSS JOIN LATERAL (
        SELECT received_at, observed_at, silence_s FROM observation
        WHERE space_id = s.space_id AND disposition <> 'u' ORDER BY observed_at DESC LIMIT 1
    ) o
""")


async def begin_life(session: AsyncSession, shard: int, epoch: str) -> None:
    """Let history of a shard belong to a new life of the store. What a writer still holds of the old one is refused then."""
    await open_positions(session, [shard])
    if (await lock_positions(session, [shard]))[shard].epoch != epoch:
        await move_positions(session, {shard: HistoryPosition(epoch, START)})


async def changes_after(session: AsyncSession, shard: int, change_id: str) -> list[Told]:
    """In order of publication, also over lives of the store: its ids are instants."""
    row = SpaceStateRow
    query = select(*_CHANGE).where(
        row.shard == shard,
        row.at >= _instant(change_id) - SLACK,
        _order(row.change_id) > func.row(*id_order(change_id)),
    )
    return _in_order(await session.execute(query))


async def last_changes(session: AsyncSession, shard: int, space_ids: Collection[str]) -> list[Told]:
    """The last change of each space that the shard has published, in order of publication."""
    rows = [
        row
        for part in _parts(space_ids)
        for row in await session.execute(_LAST_TOLD, {"space_ids": part, "shard": shard})
    ]
    return _in_order(rows)


async def last_heard(session: AsyncSession, space_ids: Collection[str]) -> dict[str, Heard]:
    """The newest message about each space."""
    return {
        space_id: Heard(to_micros(received_at), to_micros(observed_at), silence_s or 0)
        for part in _parts(space_ids)
        for space_id, received_at, observed_at, silence_s in await session.execute(_LAST_HEARD, {"space_ids": part})
    }


async def readings_after(session: AsyncSession, shard: int, entry_id: str) -> AsyncIterator[list[Entry]]:
    """Entries of readings as the engine consumed them after this one, in their order, some thousand readings at a time.

    One about a space that was not known then moves only the window of its device, now as well.
    """
    row = ObservationRow
    query = (
        select(*COLUMNS, row.entry_id, row.disposition)
        .where(
            row.shard == shard,
            row.received_at >= _instant(entry_id) - SLACK,
            _order(row.entry_id) > func.row(*id_order(entry_id)),
        )
        .order_by(_order(row.entry_id), row.item)
    )
    entries: list[Entry] = []
    taken = 0
    async for rows in (await session.stream(query.execution_options(yield_per=FETCHED))).partitions():
        for each in rows:
            if not entries or entries[-1][0] != each.entry_id:
                if taken >= FETCHED:
                    yield entries
                    entries, taken = [], 0
                entries.append((each.entry_id, []))
            entries[-1][1].append(_as_judged(reading_of(each), each.disposition))
            taken += 1
    if entries:
        yield entries


def _parts(space_ids: Collection[str]) -> Iterator[list[str]]:
    """So many that a statement stays far below its time limit, on a busy machine as well."""
    named = list(space_ids)
    return (named[start : start + FETCHED] for start in range(0, len(named), FETCHED))


def _as_judged(reading: Observation, disposition: str) -> Observation:
    return msgspec.structs.replace(reading, space_id="") if disposition == _UNKNOWN else reading


def _instant(entry_id: str) -> datetime:
    return from_micros(id_order(entry_id)[0] * 1000)


def _order(entry_id: Any) -> Any:  # noqa: ANN401 - a column and an expression of it
    """What an id of a stream sorts by, as `id_order` has it."""
    return func.row(
        cast(func.split_part(entry_id, "-", 1), BigInteger), cast(func.split_part(entry_id, "-", 2), BigInteger)
    )


def _in_order(rows: Iterable[Any]) -> list[Told]:
    changes = [
        Told(
            to_micros(row.at),
            row.change_id,
            row.item,
            row.space_id,
            row.zone_id,
            row.status,
            row.belief,
            to_micros(row.since),
            None if row.observed_at is None else to_micros(row.observed_at),
            row.evidence,
            row.device_id,
            row.confidence,
            row.reason,
        )
        for row in rows
    ]
    return sorted(changes, key=lambda told: (id_order(told.change_id), told.item))
