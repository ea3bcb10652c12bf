"""All SQL of kept messages. Functions take the session of the caller's transaction and never end it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.clock import from_micros, to_micros
from parking.occupancy.streams import START
from parking.raw.model import Door, Outcome, OutcomeKind, RawMessage, RawRef
from parking.raw.rows import COLUMNS, Row, message_of, outcomes_of
from parking.raw.tables import RawAccessRow, RawMessageRow, RawPositionRow

KEEPER: Final = "keeper"
_ORDER: Final = (RawMessageRow.received_at, RawMessageRow.entry_ms, RawMessageRow.entry_seq, RawMessageRow.item)
_place: Final = tuple_(*_ORDER)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which messages: from `since` until before `until`, and of whom, where that is said."""

    since: datetime
    until: datetime
    device_id: str | None = None
    source: str | None = None
    kind: OutcomeKind | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        wanted: list[ColumnElement[bool]] = [
            RawMessageRow.received_at >= self.since,
            RawMessageRow.received_at < self.until,
        ]
        if self.device_id is not None:
            wanted.append(RawMessageRow.device_ids.contains([self.device_id]))
        if self.source is not None:
            wanted.append(RawMessageRow.source == self.source)
        if self.kind is not None:
            wanted.append(RawMessageRow.kinds.contains([self.kind]))
        return wanted


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A kept message without its body."""

    ref: RawRef
    door: Door
    source: str
    event: str
    speaker: str
    size: int
    outcomes: list[Outcome]


async def add(session: AsyncSession, rows: Sequence[Row]) -> None:
    """Append by COPY; the partitions of their days must exist."""
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the session has no driver connection")
    await driver.copy_records_to_table(RawMessageRow.__tablename__, records=rows, columns=COLUMNS)


async def present(session: AsyncSession, refs: Collection[RawRef]) -> set[RawRef]:
    """Those of the messages that are kept already."""
    instants = {from_micros(ref.received_at) for ref in refs}
    rows = await session.execute(select(*_ORDER).where(RawMessageRow.received_at.in_(instants)))
    found = {(at, entry_ms, entry_seq, item) for at, entry_ms, entry_seq, item in rows}
    return {ref for ref in refs if (from_micros(ref.received_at), *ref[1:]) in found}


async def listed(session: AsyncSession, wanted: Wanted, *, limit: int) -> list[Listed]:
    """The newest first."""
    columns = (*_ORDER, RawMessageRow.door, RawMessageRow.source, RawMessageRow.event, RawMessageRow.speaker)
    query = select(*columns, func.length(RawMessageRow.body).label("size"), RawMessageRow.outcomes)
    newest = [column.desc() for column in _ORDER]
    rows = await session.execute(query.where(*wanted.conditions()).order_by(*newest).limit(limit))
    return [
        Listed(
            ref=_ref(row["received_at"], row["entry_ms"], row["entry_seq"], row["item"]),
            door=row["door"],
            source=row["source"],
            event=row["event"],
            speaker=row["speaker"],
            size=row["size"],
            outcomes=outcomes_of(row["outcomes"]),
        )
        for row in rows.mappings()
    ]


async def in_order(
    session: AsyncSession, wanted: Wanted, *, after: RawRef | None, limit: int
) -> list[tuple[RawRef, RawMessage]]:
    """With their bodies, as they arrived; `after` is the last one of the page before."""
    query = select(RawMessageRow.__table__).where(*wanted.conditions())
    if after is not None:
        reached = from_micros(after.received_at)
        query = query.where(RawMessageRow.received_at >= reached, _place > (reached, *after[1:]))
    rows = await session.execute(query.order_by(*_ORDER).limit(limit))
    return [message_of(row) for row in rows.mappings()]


async def find(session: AsyncSession, ref: RawRef) -> RawMessage | None:
    query = select(RawMessageRow.__table__).where(_place == (from_micros(ref.received_at), *ref[1:]))
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else message_of(row)[1]


async def open_position(session: AsyncSession) -> None:
    """Make the row where there is none: only a row that exists can keep a second keeper out."""
    await session.execute(upsert(RawPositionRow).values(reader=KEEPER, entry_id=START).on_conflict_do_nothing())


async def position(session: AsyncSession, *, lock: bool = False) -> str:
    """Id of the last entry that is kept; `lock` keeps other keepers out until the transaction ends."""
    query = select(RawPositionRow.entry_id).where(RawPositionRow.reader == KEEPER)
    return (await session.execute(query.with_for_update() if lock else query)).scalar_one()


async def move(session: AsyncSession, entry_id: str) -> None:
    await session.execute(update(RawPositionRow).where(RawPositionRow.reader == KEEPER).values(entry_id=entry_id))


async def note_access(session: AsyncSession, *, actor: str, deed: str, what: str, at: datetime) -> None:
    await session.execute(insert(RawAccessRow).values(at=at, actor=actor, deed=deed, what=what))


def _ref(received_at: datetime, entry_ms: int, entry_seq: int, item: int) -> RawRef:
    return RawRef(to_micros(received_at), entry_ms, entry_seq, item)
