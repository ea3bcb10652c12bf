"""All SQL of cases. Functions take the session of the caller's transaction and never end it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, func, insert, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from parking.casework.model import Case, CaseKind, Finding, Stage
from parking.casework.tables import CaseEvidenceRow, CaseRow, CaseStepRow
from parking.db.prepared import Prepared
from parking.places.tables import SpaceRow, ZoneRow

Step = Literal["opened", "evidence_added", "assigned", "closed"]
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_COLUMNS: Final = tuple(column for column in CaseRow.__table__.columns if column.key != "about")
_NAMES: Final = tuple(column.key for column in _COLUMNS)
_OPEN_OF_STAYS: Final = Prepared(
    f"""
    SELECT {", ".join(_NAMES)} FROM case_file
    WHERE session_id = ANY($1::text[]) AND kind = ANY($2::text[]) AND stage <> 'closed'
    ORDER BY case_id FOR UPDATE
    """  # noqa: S608 - our own columns
)


async def lock_about(session: AsyncSession, finding: Finding) -> None:
    """Whoever finds the same thing waits here for whoever opens a case about it."""
    await session.execute(_LOCK, {"name": f"case:{finding.kind}:{finding.about}"})


async def open_about(session: AsyncSession, finding: Finding) -> Case | None:
    query = select(*_COLUMNS).where(
        CaseRow.kind == finding.kind, CaseRow.about == finding.about, CaseRow.stage != "closed"
    )
    return await _one(session, query.with_for_update())


async def add(session: AsyncSession, case: Case, about: str) -> None:
    await session.execute(insert(CaseRow).values(about=about, **_values(case)))


async def save(session: AsyncSession, case: Case) -> None:
    """Write the whole case: the caller read it under a lock."""
    written = update(CaseRow).where(CaseRow.case_id == case.case_id).values(**_values(case))
    await session.execute(written.execution_options(synchronize_session=False))


async def find(session: AsyncSession, case_id: str, *, lock: bool = False) -> Case | None:
    query = select(*_COLUMNS).where(CaseRow.case_id == case_id)
    return await _one(session, query.with_for_update() if lock else query)


async def open_of_stays(session: AsyncSession, session_ids: Collection[str], kinds: Collection[CaseKind]) -> list[Case]:
    """Locked, in one order."""
    rows = await _OPEN_OF_STAYS.rows(session, list(session_ids), sorted(kinds))
    return [Case(**dict(zip(_NAMES, row, strict=True))) for row in rows]


async def listed(
    session: AsyncSession,
    *,
    district_id: str | None,
    kinds: Collection[CaseKind] | None,
    stages: Collection[Stage] | None,
    session_id: str | None,
    space_id: str | None,
    assigned_to: str | None,
    after: str | None,
    limit: int,
) -> list[Case]:
    """Newest first by id; `after` is the last id of the page before."""
    wanted: list[ColumnElement[bool]] = []
    for column, value in (
        (CaseRow.district_id, district_id),
        (CaseRow.session_id, session_id),
        (CaseRow.space_id, space_id),
        (CaseRow.assigned_to, assigned_to),
    ):
        if value is not None:
            wanted.append(column == value)
    if kinds is not None:
        wanted.append(CaseRow.kind.in_(kinds))
    if stages is not None:
        wanted.append(CaseRow.stage.in_(stages))
    if after is not None:
        wanted.append(CaseRow.case_id < after)
    query = select(*_COLUMNS).where(*wanted).order_by(CaseRow.case_id.desc()).limit(limit)
    return [Case(**row) for row in (await session.execute(query)).mappings()]


async def add_step(
    session: AsyncSession, case_id: str, step: Step, *, actor: str, at: datetime, details: Mapping[str, Any]
) -> None:
    """The case is locked, so that no two steps have one number."""
    count = select(func.count()).where(CaseStepRow.case_id == case_id)
    values = {"case_id": case_id, "at": at, "actor": actor, "step": step, "details": dict(details)}
    number = int(await session.scalar(count) or 0) + 1
    await session.execute(insert(CaseStepRow).values(number=number, **values))


async def steps(session: AsyncSession, case_id: str) -> list[CaseStepRow]:
    """Oldest first."""
    query = select(CaseStepRow).where(CaseStepRow.case_id == case_id).order_by(CaseStepRow.number)
    return list(await session.scalars(query))


async def add_evidence(session: AsyncSession, case_id: str, evidence_id: str) -> bool:
    """Whether the case did not have it before."""
    row = postgresql.insert(CaseEvidenceRow).values(case_id=case_id, evidence_id=evidence_id)
    added = row.on_conflict_do_nothing().returning(CaseEvidenceRow.evidence_id)
    return (await session.execute(added)).scalar_one_or_none() is not None


async def evidence_of(session: AsyncSession, case_id: str) -> list[str]:
    """Oldest first."""
    query = select(CaseEvidenceRow.evidence_id).where(CaseEvidenceRow.case_id == case_id)
    return list(await session.scalars(query.order_by(CaseEvidenceRow.evidence_id)))


async def zone_of_space(session: AsyncSession, space_id: str) -> str | None:
    query = select(SpaceRow.zone_id).where(SpaceRow.space_id == space_id, SpaceRow.removed_at.is_(None))
    zone_id: str | None = await session.scalar(query)
    return zone_id


async def district_of_zone(session: AsyncSession, zone_id: str) -> str:
    return str(await session.scalar(select(ZoneRow.district_id).where(ZoneRow.zone_id == zone_id)))


def _values(case: Case) -> dict[str, Any]:
    return {column.key: getattr(case, column.key) for column in _COLUMNS}


async def _one(session: AsyncSession, query: Select[Any]) -> Case | None:
    row = (await session.execute(query)).mappings().first()
    return None if row is None else Case(**row)
