"""What a rebuild reads of history: readings and published changes after a checkpoint, or the last ones where there is none."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.prepared import Prepared
from parking.domain.clock import from_micros
from parking.occupancy.evidence import Observation
from parking.occupancy.repository import HistoryPosition, lock_positions, move_positions, open_positions
from parking.occupancy.retrace import Entry, Heard, Told
from parking.occupancy.stored_readings import SELECTED, WIDTH, micros, reading_of
from parking.occupancy.streams import START, id_order

SLACK: Final = timedelta(minutes=10)
"""A reading may have been received so long before its entry was written, and a change made before it was published."""
FETCHED: Final = 5000
_UNKNOWN: Final = "u"
_TOLD: Final = ", ".join(micros(name) if name in {"at", "since", "observed_at"} else name for name in Told._fields)
_CHANGES: Final = Prepared(f"""
    SELECT {_TOLD} FROM space_state_change
    WHERE shard = $1 AND at >= $2
      AND (CAST(split_part(change_id, '-', 1) AS bigint), CAST(split_part(change_id, '-', 2) AS bigint)) > ($3, $4)
""")  # noqa: S608 - the columns are constants
_LAST_TOLD: Final = Prepared(f"""
    SELECT {_TOLD}
    FROM unnest($2::text[]) AS s (wanted)
    CROSS JOIN LATERAL (
        SELECT * FROM space_state_change
        WHERE space_id = s.wanted
        ORDER BY at DESC, CAST(split_part(change_id, '-', 1) AS bigint) DESC, CAST(split_part(change_id, '-', 2) AS bigint) DESC, item DESC
        LIMIT 1
    ) c
    WHERE shard = $1
""")  # noqa: S608 - the columns are constants
_LAST_HEARD: Final = Prepared(f"""
    SELECT s.wanted, {micros("received_at")}, {micros("observed_at")}, coalesce(silence_s, 0)
    FROM unnest($1::text[]) AS s (wanted)
    CROSS JOIN LATERAL (
        SELECT received_at, observed_at, silence_s FROM observation
        WHERE space_id = s.wanted AND disposition <> 'u' ORDER BY observed_at DESC LIMIT 1
    ) o
""")  # noqa: S608 - the columns are constants
_READINGS: Final = Prepared(f"""
    SELECT {SELECTED}, entry_id, disposition
    FROM (
        SELECT *, CAST(split_part(entry_id, '-', 1) AS bigint) AS written_ms, CAST(split_part(entry_id, '-', 2) AS bigint) AS written_n
        FROM observation
        WHERE shard = $1 AND received_at >= $2
    ) o
    WHERE (written_ms, written_n) > ($3, $4)
    ORDER BY written_ms, written_n, item
""")  # noqa: S608 - the columns are constants


async def begin_life(session: AsyncSession, shard: int, epoch: str) -> None:
    """Let history of a shard belong to a new life of the store. What a writer still holds of the old one is refused then."""
    await open_positions(session, [shard])
    if (await lock_positions(session, [shard]))[shard].epoch != epoch:
        await move_positions(session, {shard: HistoryPosition(epoch, START)})


async def changes_after(session: AsyncSession, shard: int, change_id: str) -> list[Told]:
    """In order of publication, also over lives of the store: its ids are instants."""
    rows = await _CHANGES.rows(session, shard, _instant(change_id) - SLACK, *id_order(change_id))
    return await asyncio.to_thread(_in_order, rows)


async def last_changes(session: AsyncSession, shard: int, space_ids: Collection[str]) -> list[Told]:
    """The last change of each space that the shard has published, in order of publication."""
    rows = [row for part in _parts(space_ids) for row in await _LAST_TOLD.rows(session, shard, part)]
    return await asyncio.to_thread(_in_order, rows)


async def last_heard(session: AsyncSession, space_ids: Collection[str]) -> dict[str, Heard]:
    """The newest message about each space."""
    return {
        space_id: Heard(*times)
        for part in _parts(space_ids)
        for space_id, *times in await _LAST_HEARD.rows(session, part)
    }


async def readings_after(session: AsyncSession, shard: int, entry_id: str) -> AsyncIterator[list[Entry]]:
    """Entries of readings as the engine consumed them after this one, in their order, some thousand readings at a time.

    One about a space that was not known then moves only the window of its device, now as well.
    """
    entries: list[Entry] = []
    taken = 0
    after = (_instant(entry_id) - SLACK, *id_order(entry_id))
    async for rows in _READINGS.pieces(session, shard, *after, size=FETCHED):
        for row in rows:
            found, disposition = row[WIDTH], row[WIDTH + 1]
            if not entries or entries[-1][0] != found:
                if taken >= FETCHED:
                    yield entries
                    entries, taken = [], 0
                entries.append((found, []))
            entries[-1][1].append(_as_judged(reading_of(row), disposition))
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


def _in_order(rows: Sequence[Sequence[Any]]) -> list[Told]:
    """Runs in a thread: those of a large shard take long enough to hold up whatever shares the process."""
    return sorted(map(Told._make, rows), key=lambda told: (id_order(told.change_id), told.item))
