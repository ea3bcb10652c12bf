"""Publishing within the law: what `service.publish` does, after the price document was asked for every price."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import InvalidInputError
from parking.places.tables import PriceDocumentRow
from pricing.rates import service
from pricing.rates.limit_store import limits_of
from pricing.rates.price_limits import refuse_beyond
from pricing.rates.repository import RateVersion


async def publish_within_document(
    session: AsyncSession,
    rate_table_id: str,
    version: int,
    *,
    effective_from: datetime,
    approved_by: str,
    at: datetime,
) -> RateVersion:
    """As `service.publish`; raises `PriceNotAllowedError` too, and `InvalidInputError` (`document_not_in_force`)."""
    found = await service.version_of(session, rate_table_id, version)
    document = None if found.price_document_id is None else await session.get(PriceDocumentRow, found.price_document_id)
    if document is None:
        raise InvalidInputError("the table names no price document", code="document_not_in_force")
    limits = (await limits_of(session, [document.price_document_id])).get(document.price_document_id, ())
    refuse_beyond(found.table, document.form, limits)
    return await service.publish(
        session, rate_table_id, version, effective_from=effective_from, approved_by=approved_by, at=at
    )
