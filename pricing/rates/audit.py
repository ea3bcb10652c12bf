"""The record of every step of every rate table: who, when, what and why, with the digest of the words it was about."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pricing.rates.model import RateTable
from pricing.rates.tables import RateAuditRow


def digest_of(table: RateTable) -> str:
    """SHA-256 of the table's words; two tables that say the same have the same."""
    return hashlib.sha256(msgspec.json.encode(table, order="deterministic")).hexdigest()


async def record(
    session: AsyncSession,
    action: str,
    *,
    by: str,
    at: datetime,
    table: RateTable | None = None,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """`action` is `<noun>.<past participle>`; `table` is None where a step is about places and not about one version."""
    session.add(
        RateAuditRow(
            at=at,
            actor=by,
            action=action,
            rate_table_id=None if table is None else table.rate_table_id,
            version=None if table is None else table.version,
            reason=reason,
            digest=None if table is None else digest_of(table),
            details=dict(details or {}),
        )
    )
    await session.flush()


async def trail(
    session: AsyncSession,
    *,
    rate_table_id: str | None = None,
    version: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[RateAuditRow]:
    """Newest first, of one table or version or of all; `before` is the last `audit_id` of the page before."""
    rows = select(RateAuditRow).order_by(RateAuditRow.audit_id.desc()).limit(limit)
    if rate_table_id is not None:
        rows = rows.where(RateAuditRow.rate_table_id == rate_table_id)
    if version is not None:
        rows = rows.where(RateAuditRow.version == version)
    if before is not None:
        rows = rows.where(RateAuditRow.audit_id < before)
    return list(await session.scalars(rows))
