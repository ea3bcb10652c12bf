"""Puts the demonstration city's tariffs in force: what each document allows, and the tables that keep within it.

Two persons take them over, as everywhere; they have been in force since before the history that the city is given.
"""

from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

import pricing.rates
from parking.places.demonstration_zones import ZONES
from pricing.rates import repository
from pricing.rates.legal_basis import document_of, under_document
from pricing.rates.limit_store import write_limits
from pricing.rates.model import RateTable
from pricing.rates.policy_file import read_policy
from pricing.rates.price_limits import PriceLimit
from pricing.rates.publication import adopt
from pricing.rates.service import draft

PREPARER: Final = "演示定价员 demonstration preparer"
APPROVER: Final = "演示审批员 demonstration approver"
INSPECTOR: Final = "演示巡查员 demonstration inspector"
"""Who saw the signs."""
_POLICIES: Final = Path(pricing.rates.__file__).parent / "policies"
_MARKET: Final = "PD-MARKET"
_LINZI: Final = "PD-LINZI"
_CITY: Final = "PD-CITY"


class _Float(NamedTuple):
    """How far a document lets a timed price go below and above the first one, in minor units, and on which tick."""

    down: int
    up: int
    tick: int


class _Tariff(NamedTuple):
    file: str
    document_id: str
    zone_ids: tuple[str, ...]
    float_of_timed: _Float | None
    """None for prices of the market, which have no limits."""


def _zones(*document_ids: str) -> tuple[str, ...]:
    return tuple(zone.zone_id for zone in ZONES if zone.price_document_id in document_ids)


_TARIFFS: Final = (
    # A fifth of 1.50 does not reach the next half yuan: what Linzi charges can only change with its document.
    _Tariff("linzi.toml", _LINZI, _zones(_LINZI), _Float(20, 20, 50)),
    _Tariff("demo_city_kerb.toml", _CITY, _zones(_CITY, _MARKET), _Float(50, 100, 50)),
    _Tariff("demo_city_lots.toml", _CITY, _zones(_CITY), _Float(100, 200, 100)),
    _Tariff("demo_market_lots.toml", _MARKET, _zones(_MARKET), None),
)


async def publish_tariffs(session: AsyncSession, *, since: datetime) -> int:
    """Publish what is missing, in force from `since`; how many tables that was. Called again it publishes nothing."""
    known = {version.table.rate_table_id for version in await repository.versions(session)}
    missing = [(tariff, table) for tariff in _TARIFFS if (table := _table(tariff)).rate_table_id not in known]
    limits: dict[str, list[PriceLimit]] = {}
    for tariff, table in missing:
        if tariff.float_of_timed is not None:
            limits.setdefault(tariff.document_id, []).extend(_limits(table, tariff.float_of_timed))
    for document_id, allowed in limits.items():
        await write_limits(session, document_id, allowed, by=PREPARER, at=since)
    for tariff, table in missing:
        await _publish(session, tariff, table, since)
    return len(missing)


async def _publish(session: AsyncSession, tariff: _Tariff, table: RateTable, since: datetime) -> None:
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


def _table(tariff: _Tariff) -> RateTable:
    return read_policy(_POLICIES / tariff.file)


def _limits(table: RateTable, around: _Float) -> list[PriceLimit]:
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
