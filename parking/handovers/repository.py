"""All SQL of hand-overs. Functions take the session of the caller's transaction and never end it."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from parking.handovers.model import Handover
from parking.handovers.tables import EvidenceKeyRow, HandoverPackageRow, HandoverRow

_COLUMNS: Final = tuple(column.key for column in HandoverRow.__table__.columns)


async def add(session: AsyncSession, handover: Handover) -> None:
    await session.execute(insert(HandoverRow).values(**_values(handover)))


async def save(session: AsyncSession, handover: Handover) -> None:
    """Write the whole hand-over: the caller read it under a lock."""
    written = update(HandoverRow).where(HandoverRow.handover_id == handover.handover_id).values(**_values(handover))
    await session.execute(written.execution_options(synchronize_session=False))


async def find(session: AsyncSession, handover_id: str, *, lock: bool = False) -> Handover | None:
    query = select(HandoverRow.__table__).where(HandoverRow.handover_id == handover_id)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if row is None else _handover(row)


async def listed(session: AsyncSession, *, district_id: str | None, after: str | None, limit: int) -> list[Handover]:
    """Newest first by id; `after` is the last id of the page before."""
    query = select(HandoverRow.__table__).order_by(HandoverRow.handover_id.desc()).limit(limit)
    if district_id is not None:
        query = query.where(HandoverRow.district_id == district_id)
    if after is not None:
        query = query.where(HandoverRow.handover_id < after)
    return [_handover(row) for row in (await session.execute(query)).mappings()]


async def add_package(session: AsyncSession, handover_id: str, *, plate_key_id: str, sealed: bytes) -> None:
    row = insert(HandoverPackageRow).values(handover_id=handover_id, plate_key_id=plate_key_id, sealed=sealed)
    await session.execute(row)


async def package_of(session: AsyncSession, handover_id: str) -> tuple[str, bytes] | None:
    """The id of the key that sealed it, and the sealed bytes."""
    query = select(HandoverPackageRow.plate_key_id, HandoverPackageRow.sealed)
    row = (await session.execute(query.where(HandoverPackageRow.handover_id == handover_id))).one_or_none()
    return None if row is None else (row.plate_key_id, row.sealed)


async def delete_package(session: AsyncSession, handover_id: str) -> None:
    await session.execute(delete(HandoverPackageRow).where(HandoverPackageRow.handover_id == handover_id))


async def note_key(session: AsyncSession, key_id: str, public_key: bytes, at: datetime) -> None:
    row = postgresql.insert(EvidenceKeyRow).values(key_id=key_id, public_key=public_key, first_used_at=at)
    await session.execute(row.on_conflict_do_nothing())


async def keys(session: AsyncSession) -> list[bytes]:
    """Every public key that ever signed a package, the newest first."""
    query = select(EvidenceKeyRow.public_key).order_by(EvidenceKeyRow.first_used_at.desc(), EvidenceKeyRow.key_id)
    return list(await session.scalars(query))


def _values(handover: Handover) -> dict[str, Any]:
    return {name: getattr(handover, name) for name in _COLUMNS} | {"evidence_ids": list(handover.evidence_ids)}


def _handover(row: Any) -> Handover:  # noqa: ANN401 - a row of the table
    return Handover(**{**row, "evidence_ids": tuple(row["evidence_ids"])})
