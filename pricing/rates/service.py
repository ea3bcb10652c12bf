"""What one may do with rate tables: keep a draft, publish it for an instant, ask what is in force.

Published versions never change, and of two versions never both hold at one instant; the database refuses either by
itself. Every use case runs in the caller's transaction.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.events.tariff import TariffPublished
from parking.places.repository.changes import announce
from parking.places.service import REGISTRY_CHANNEL
from parking.places.tables import PriceDocumentRow
from pricing.rates import repository
from pricing.rates.model import RateTable
from pricing.rates.repository import RateInForce, RateVersion

SOURCE: Final = "pricing.rates"
NOTICE: Final = "rates"


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
        approved_by=None,
        published_at=None,
        effective_from=None,
    )
    await repository.insert_draft(session, version)
    return version


async def publish(
    session: AsyncSession,
    rate_table_id: str,
    version: int,
    *,
    effective_from: datetime,
    approved_by: str,
    at: datetime,
) -> RateVersion:
    """Let a draft be in force from `effective_from` on; before it nothing changes.

    Raises `NotFoundError` (`rate_version_unknown`), `ConflictError` (`rate_version_published`, `two_persons_needed`,
    `rate_version_planned` where a later version already begins), `InvalidInputError` (`effective_in_past`,
    `document_not_in_force`, `rates_apply_nowhere`). Whether the prices keep within the document is the caller's to ask.
    """
    await repository.lock_rates(session)
    found = await version_of(session, rate_table_id, version)
    if found.state != "draft":
        raise ConflictError(f"{rate_table_id} {version} is published already", code="rate_version_published")
    if approved_by == found.prepared_by:
        raise ConflictError("who prepared a tariff cannot approve it", code="two_persons_needed")
    if effective_from < at:
        raise InvalidInputError("a tariff cannot begin in the past", code="effective_in_past")
    document = await _document_in_force(session, found.price_document_id, effective_from)
    places = await _places(session, found)
    planned = await repository.planned_from(session, places, effective_from)
    if planned:
        raise ConflictError(
            f"a version already begins at that time or later in {', '.join(planned[:5])}", code="rate_version_planned"
        )
    published = replace(
        found, state="published", approved_by=approved_by, published_at=at, effective_from=effective_from
    )
    await repository.mark_published(session, published)
    await repository.assign(session, places, published.table, effective_from)
    await _tell(session, published, document, places, at)
    return published


async def version_of(session: AsyncSession, rate_table_id: str, version: int) -> RateVersion:
    """Raise `NotFoundError` (`rate_version_unknown`)."""
    found = await repository.version_row(session, rate_table_id, version)
    if found is None:
        raise NotFoundError(f"there is no version {version} of {rate_table_id[:64]!r}", code="rate_version_unknown")
    return found


async def rate_in_force(session: AsyncSession, zone_id: str, kind: str, instant: datetime) -> RateTable | None:
    """The table that prices a stay which begins at the instant; None where none was published for it."""
    found = await rate_with_document(session, zone_id, kind, instant)
    return None if found is None else found.table


async def rate_with_document(session: AsyncSession, zone_id: str, kind: str, instant: datetime) -> RateInForce | None:
    """As `rate_in_force`, with the validity of the document behind the table."""
    return await repository.rate_at(session, zone_id, kind, instant)


async def _document_in_force(session: AsyncSession, document_id: str | None, instant: datetime) -> str:
    number = await session.scalar(
        select(PriceDocumentRow.number).where(
            PriceDocumentRow.price_document_id == document_id,
            PriceDocumentRow.valid_from <= instant,
            PriceDocumentRow.valid_to.is_(None) | (PriceDocumentRow.valid_to > instant),
        )
    )
    if number is None:
        raise InvalidInputError("no price document is in force at that time for it", code="document_not_in_force")
    return number


async def _places(session: AsyncSession, version: RateVersion) -> list[tuple[str, str]]:
    priced = {(line.area_class, kind) for line in version.table.lines for kind in line.kinds}
    places = [
        (zone_id, kind)
        for zone_id, kind, area_class in await repository.places_of(session, version.zone_ids)
        if (area_class, kind) in priced
    ]
    if not places:
        raise InvalidInputError("the table prices no place of these zones", code="rates_apply_nowhere")
    return places


async def _tell(
    session: AsyncSession, version: RateVersion, document: str, places: list[tuple[str, str]], at: datetime
) -> None:
    fact = TariffPublished(
        rate_table_id=version.table.rate_table_id,
        version=version.table.version,
        zone_ids=tuple(dict.fromkeys(zone_id for zone_id, _ in places)),
        effective_from=version.effective_from or at,
        document=document,
    )
    await outbox.write(session, fact, source=SOURCE, at=at)
    await announce(session, REGISTRY_CHANNEL, NOTICE)
