"""What the demonstration's drivers have seen of prices: how those that were published and have begun stand beside the first ones. Light to import."""

import asyncio
from datetime import UTC, datetime
from typing import Final

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from api.installation.demonstration_record import ANSWER_WITHIN_S
from devices.simulation.turnout import Changed

_CHANGED: Final = """
    SELECT zone_id, kind, band, exp(sum(ln(price_proposed::float8 / price_now))) AS ratio
    FROM tariff_proposal JOIN tariff_proposal_cell USING (proposal_id, revision)
    WHERE state = 'published' AND effective_from <= $1 AND least(price_now, price_proposed) > 0
    GROUP BY zone_id, kind, band
    HAVING abs(sum(ln(price_proposed::float8 / price_now))) > 1e-9
    ORDER BY zone_id, kind, band
"""


async def changed_at(session: AsyncSession, at: datetime) -> list[Changed]:
    """At an instant of the past that is being made."""
    driver = (await (await session.connection()).get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the session has no driver connection")
    return _read(await driver.fetch(_CHANGED, at))


async def changed_now(database_url: str) -> list[Changed]:
    """When the city comes to life: a proposal that was published in the demonstration is known to drivers from the next start after it began."""
    async with asyncio.timeout(ANSWER_WITHIN_S):
        connection = await asyncpg.connect(database_url)
        try:
            return _read(await connection.fetch(_CHANGED, datetime.now(UTC)))
        finally:
            await connection.close()


def _read(rows: list[asyncpg.Record]) -> list[Changed]:
    return [Changed(zone_id=row["zone_id"], kind=row["kind"], band=row["band"], ratio=row["ratio"]) for row in rows]
