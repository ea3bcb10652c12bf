"""All SQL of evidence. Functions take the session of the caller's transaction and never end it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from parking.evidence.custody import CustodyEntry, Deed
from parking.evidence.model import EvidenceItem, RetentionClass
from parking.evidence.tables import EvidenceContentRow, EvidenceCustodyRow, EvidenceHoldRow, EvidenceRow

_COLUMNS = tuple(column.key for column in EvidenceRow.__table__.columns)


async def add(session: AsyncSession, item: EvidenceItem, *, key_id: str, sealed: bytes) -> None:
    await session.execute(insert(EvidenceRow).values(**{name: getattr(item, name) for name in _COLUMNS}))
    content = insert(EvidenceContentRow).values(evidence_id=item.evidence_id, key_id=key_id, sealed=sealed)
    await session.execute(content)


async def find(session: AsyncSession, evidence_id: str, *, lock: bool = False) -> EvidenceItem | None:
    query = select(EvidenceRow.__table__).where(EvidenceRow.evidence_id == evidence_id)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if row is None else EvidenceItem(**row)


async def listed(
    session: AsyncSession,
    *,
    district_id: str | None,
    session_id: str | None,
    space_id: str | None,
    check_id: int | None,
    after: str | None,
    limit: int,
) -> list[EvidenceItem]:
    """Newest first by id; `after` is the last id of the page before."""
    wanted: list[ColumnElement[bool]] = []
    for column, value in (
        (EvidenceRow.district_id, district_id),
        (EvidenceRow.session_id, session_id),
        (EvidenceRow.space_id, space_id),
        (EvidenceRow.check_id, check_id),
    ):
        if value is not None:
            wanted.append(column == value)
    if after is not None:
        wanted.append(EvidenceRow.evidence_id < after)
    query = select(EvidenceRow.__table__).where(*wanted).order_by(EvidenceRow.evidence_id.desc()).limit(limit)
    return [EvidenceItem(**row) for row in (await session.execute(query)).mappings()]


async def content_of(session: AsyncSession, evidence_id: str) -> tuple[str, bytes] | None:
    """The key's id and the sealed content; None once it is erased."""
    query = select(EvidenceContentRow.key_id, EvidenceContentRow.sealed)
    row = (await session.execute(query.where(EvidenceContentRow.evidence_id == evidence_id))).one_or_none()
    return None if row is None else (row.key_id, row.sealed)


async def last_entry(session: AsyncSession, evidence_id: str) -> CustodyEntry | None:
    query = select(EvidenceCustodyRow.__table__).where(EvidenceCustodyRow.evidence_id == evidence_id)
    row = (await session.execute(query.order_by(EvidenceCustodyRow.number.desc()).limit(1))).mappings().first()
    return None if row is None else _entry(row)


async def add_entry(session: AsyncSession, entry: CustodyEntry) -> None:
    values = {column.key: getattr(entry, column.key) for column in EvidenceCustodyRow.__table__.columns}
    await session.execute(insert(EvidenceCustodyRow).values(**values | {"details": dict(entry.details)}))


async def chain(session: AsyncSession, evidence_id: str) -> list[CustodyEntry]:
    """Oldest first."""
    query = select(EvidenceCustodyRow.__table__).where(EvidenceCustodyRow.evidence_id == evidence_id)
    return [_entry(row) for row in (await session.execute(query.order_by(EvidenceCustodyRow.number))).mappings()]


async def hold(
    session: AsyncSession, holder: str, *, evidence_id: str | None, session_id: str | None, at: datetime
) -> bool:
    """Whether it was not held by this holder before; one that was released is held again."""
    values = {"holder": holder, "evidence_id": evidence_id, "session_id": session_id, "held_at": at}
    row = postgresql.insert(EvidenceHoldRow).values(**values)
    kept = row.on_conflict_do_update(
        index_elements=[EvidenceHoldRow.holder, EvidenceHoldRow.evidence_id, EvidenceHoldRow.session_id],
        set_={"held_at": at, "released_at": None},
        where=EvidenceHoldRow.released_at.is_not(None),
    )
    return (await session.execute(kept.returning(EvidenceHoldRow.hold_id))).scalar_one_or_none() is not None


async def release(session: AsyncSession, holder: str, at: datetime) -> list[str]:
    """End everything that the holder holds; the ids of the pieces that it held one by one."""
    ended = update(EvidenceHoldRow).where(EvidenceHoldRow.holder == holder, EvidenceHoldRow.released_at.is_(None))
    released = await session.scalars(ended.values(released_at=at).returning(EvidenceHoldRow.evidence_id))
    return sorted(evidence_id for evidence_id in released if evidence_id is not None)


async def held_ids(session: AsyncSession, holder: str) -> list[str]:
    """The pieces that the holder holds one by one, oldest first."""
    query = select(EvidenceHoldRow.evidence_id).where(
        EvidenceHoldRow.holder == holder,
        EvidenceHoldRow.released_at.is_(None),
        EvidenceHoldRow.evidence_id.is_not(None),
    )
    return [str(evidence_id) for evidence_id in await session.scalars(query.order_by(EvidenceHoldRow.evidence_id))]


async def over(session: AsyncSession, retention: RetentionClass, before: datetime, limit: int) -> list[EvidenceItem]:
    """Pieces that came before the instant and that nobody holds, oldest first, locked."""
    held = exists().where(
        EvidenceHoldRow.released_at.is_(None),
        or_(
            EvidenceHoldRow.evidence_id == EvidenceRow.evidence_id, EvidenceHoldRow.session_id == EvidenceRow.session_id
        ),
    )
    query = select(EvidenceRow.__table__).where(
        EvidenceRow.retention == retention,
        EvidenceRow.received_at < before,
        EvidenceRow.erased_at.is_(None),
        ~held,
    )
    query = query.order_by(EvidenceRow.received_at).limit(limit).with_for_update(skip_locked=True)
    return [EvidenceItem(**row) for row in (await session.execute(query)).mappings()]


async def erase(session: AsyncSession, evidence_ids: Collection[str], at: datetime) -> None:
    """The content goes, and with it whose stay, which space and when it was."""
    await session.execute(delete(EvidenceContentRow).where(EvidenceContentRow.evidence_id.in_(evidence_ids)))
    await session.execute(
        update(EvidenceRow)
        .where(EvidenceRow.evidence_id.in_(evidence_ids))
        .values(erased_at=at, captured_at=None, session_id=None, space_id=None, check_id=None)
        .execution_options(synchronize_session=False)
    )


async def missing(session: AsyncSession, evidence_ids: Sequence[str]) -> list[str]:
    """Those of the ids that are unknown or erased."""
    query = select(EvidenceRow.evidence_id).where(
        EvidenceRow.evidence_id.in_(evidence_ids), EvidenceRow.erased_at.is_(None)
    )
    known = set(await session.scalars(query))
    return [evidence_id for evidence_id in evidence_ids if evidence_id not in known]


def _entry(row: Any) -> CustodyEntry:  # noqa: ANN401 - a row of the table
    return CustodyEntry(**{**row, "deed": cast("Deed", row["deed"])})
