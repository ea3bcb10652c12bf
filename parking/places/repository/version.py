"""Tells cheaply whether the inventory is still the one that a process has in memory."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_VERSION = text("""
    SELECT concat_ws('/',
        (SELECT concat_ws(',', count(*), max(revision), max(modified_at), max(removed_at)) FROM zone),
        (SELECT md5(string_agg(CAST(district AS text), '' ORDER BY district_id)) FROM district),
        (SELECT md5(string_agg(CAST(operator AS text), '' ORDER BY operator_id)) FROM operator),
        (SELECT md5(string_agg(CAST(concession AS text), '' ORDER BY concession_id)) FROM concession),
        (SELECT md5(string_agg(CAST(price_document AS text), '' ORDER BY price_document_id)) FROM price_document))
""")


async def inventory_version(session: AsyncSession) -> str:
    """Differs whenever the catalogue may differ: all that stands in a zone moves the zone's revision."""
    version: str = (await session.execute(_VERSION)).scalar_one()
    return version
