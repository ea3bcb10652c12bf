"""Puts the demonstration city's tariffs in force: what each document allows, and the tables that keep within it.

Two persons take them over, as everywhere; they have been in force since before the history that the city is given.
"""

from datetime import datetime
from itertools import product
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from api.installation.demonstration_tariffs import TARIFFS, Float, Tariff, table_of
from pricing.rates import repository
from pricing.rates.legal_basis import document_of, under_document
from pricing.rates.limit_store import write_limits
from pricing.rates.model import RateTable
from pricing.rates.price_limits import PriceLimit
from pricing.rates.publication import adopt
from pricing.rates.service import draft

PREPARER: Final = "演示定价员 demonstration preparer"
APPROVER: Final = "演示审批员 demonstration approver"
INSPECTOR: Final = "演示巡查员 demonstration inspector"
"""Who saw the signs."""


async def publish_tariffs(session: AsyncSession, *, since: datetime) -> int:
    """Publish what is missing, in force from `since`; how many tables that was. Called again it publishes nothing."""
    known = {version.table.rate_table_id for version in await repository.versions(session)}
    missing = [(tariff, table) for tariff in TARIFFS if (table := table_of(tariff)).rate_table_id not in known]
    limits: dict[str, list[PriceLimit]] = {}
    for tariff, table in missing:
        if tariff.float_of_timed is not None:
            limits.setdefault(tariff.document_id, []).extend(_limits(table, tariff.float_of_timed))
    for document_id, allowed in limits.items():
        await write_limits(session, document_id, allowed, by=PREPARER, at=since)
    for tariff, table in missing:
        await _publish(session, tariff, table, since)
    return len(missing)


async def _publish(session: AsyncSession, tariff: Tariff, table: RateTable, since: datetime) -> None:
    """As the tariff that was on the street, with its signs, before the platform came."""
    document = await document_of(session, tariff.document_id)
    version = await draft(
        session,
        under_document(table, document),
        price_document_id=tariff.document_id,
        prepared_by=PREPARER,
        at=since,
        zone_ids=tariff.zone_ids,
    )
    await adopt(
        session,
        table.rate_table_id,
        version.table.version,
        effective_from=since,
        approved_by=APPROVER,
        signs_seen_by=INSPECTOR,
        at=since,
    )


def _limits(table: RateTable, around: Float) -> list[PriceLimit]:
    """Timed prices move within the float; a price for one use stands as it is written."""
    limits: dict[PriceLimit, None] = {}
    for collection in table.collections:
        who = collection.eligibility
        for area_class, kind, vehicle in product(sorted(who.area_classes), sorted(who.kinds), who.vehicles):
            for line in collection.lines:
                price = line.unit_price * vehicle.percent // 100
                timed = line.mode == "per_unit"
                limit = PriceLimit(
                    area_class=area_class,
                    kind=kind,
                    vehicle_class=vehicle.vehicle_class,
                    mode="per_unit" if timed else "per_use",
                    unit_s=line.unit_s,
                    lowest=max(price - around.down, around.tick) if timed else price,
                    highest=price + (around.up if timed else 0),
                    tick=around.tick,
                )
                limits[limit] = None
    return list(limits)
