"""What one may ask of rate tables, and keep as a draft. The steps from a draft to the street are `lifecycle`'s.

A version never changes once it is kept, and of two versions never both hold at one instant; the database refuses either
by itself. Every use case runs in the caller's transaction.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import NotFoundError
from pricing.rates import audit, repository
from pricing.rates.model import RateTable
from pricing.rates.repository import RateInForce, RateVersion


async def draft(
    session: AsyncSession,
    table: RateTable,
    *,
    price_document_id: str | None,
    prepared_by: str,
    at: datetime,
    zone_ids: tuple[str, ...] | None = None,
) -> RateVersion:
    """Keep a table as the next version of its `rate_table_id`, whatever version it says itself."""
    await repository.lock_rates(session)
    number = await repository.next_version(session, table.rate_table_id)
    version = RateVersion(
        table=replace(table, version=number),
        state="draft",
        price_document_id=price_document_id,
        zone_ids=zone_ids,
        prepared_by=prepared_by,
        prepared_at=at,
    )
    await repository.insert_draft(session, version)
    details = {"document": price_document_id, "zones": None if zone_ids is None else list(zone_ids)}
    await audit.record(session, "rate.drafted", by=prepared_by, at=at, table=version.table, details=details)
    return version


async def version_of(session: AsyncSession, rate_table_id: str, version: int) -> RateVersion:
    """Raise `NotFoundError` (`rate_version_unknown`)."""
    found = await repository.version_row(session, rate_table_id, version)
    if found is None:
        raise NotFoundError(f"there is no version {version} of {rate_table_id[:64]!r}", code="rate_version_unknown")
    return found


async def rate_in_force(session: AsyncSession, zone_id: str, kind: str, instant: datetime) -> RateTable | None:
    """The table published for the zone as a whole at the instant; None where none was published for it.

    What charges at one segment or facility is `in_force.rate_of`: its sign may still wait.
    """
    found = await rate_with_document(session, zone_id, kind, instant)
    return None if found is None else found.table


async def rate_with_document(session: AsyncSession, zone_id: str, kind: str, instant: datetime) -> RateInForce | None:
    """As `rate_in_force`, with the validity of the document behind the table."""
    return await repository.rate_at(session, zone_id, kind, instant)
