"""The record of what people and keys did: one row for each write, in the transaction that did it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import Caller
from api.auth.accounts.tables import AuditRow


async def record(
    session: AsyncSession,
    caller: Caller,
    action: str,
    subject: str,
    *,
    at: datetime,
    district_id: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """`action` is `<noun>.<past participle>` (`proposal.approved`), `subject` the id of what it was done to.

    `details` never holds a plate, a password or a key.
    """
    row = AuditRow(
        at=at,
        actor=caller.actor,
        role=caller.role,
        action=action,
        subject=subject,
        district_id=district_id if district_id is not None else caller.district_id,
        details=dict(details or {}),
    )
    session.add(row)
    await session.flush()


async def listed(
    session: AsyncSession,
    *,
    district_id: str | None = None,
    actor: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditRow]:
    """Newest first; `before` is the last id of the page before, `district_id` None is the whole city, `actor` None everybody."""
    rows = select(AuditRow).order_by(AuditRow.audit_id.desc()).limit(limit)
    if district_id is not None:
        rows = rows.where(AuditRow.district_id == district_id)
    if actor is not None:
        rows = rows.where(AuditRow.actor == actor)
    if before is not None:
        rows = rows.where(AuditRow.audit_id < before)
    return list(await session.scalars(rows))
