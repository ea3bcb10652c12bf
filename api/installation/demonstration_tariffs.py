"""The demonstration city's first tariffs: which file holds in which zones, and what it charged there at every hour. Light to import."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pricing.rates
from devices.simulation.turnout import HOURS, DayPrices, Place, Price, price_of
from parking.places.demonstration_zones import ZONES
from parking.places.model import AreaClass, PlaceKind
from pricing.rates.model import RateLine, RateTable
from pricing.rates.policy_file import read_policy

_POLICIES: Final = Path(pricing.rates.__file__).parent / "policies"
_MARKET: Final = "PD-MARKET"
_LINZI: Final = "PD-LINZI"
_CITY: Final = "PD-CITY"
_KINDS: Final[tuple[PlaceKind, ...]] = ("kerb", "lot", "garage")
_AREA_CLASSES: Final[Mapping[str, AreaClass]] = {zone.zone_id: zone.area_class for zone in ZONES}


class Float(NamedTuple):
    """How far a document lets a timed price go below and above the first one, in minor units, and on which tick."""

    down: int
    up: int
    tick: int


class Tariff(NamedTuple):
    file: str
    document_id: str
    zone_ids: tuple[str, ...]
    float_of_timed: Float | None
    """None for prices of the market, which have no limits."""


def _zones(*document_ids: str) -> tuple[str, ...]:
    return tuple(zone.zone_id for zone in ZONES if zone.price_document_id in document_ids)


TARIFFS: Final = (
    # A fifth of 1.50 does not reach the next half yuan: what Linzi charges can only change with its document.
    Tariff("linzi.toml", _LINZI, _zones(_LINZI), Float(20, 20, 50)),
    Tariff("demo_city_kerb.toml", _CITY, _zones(_CITY, _MARKET), Float(50, 100, 50)),
    Tariff("demo_city_lots.toml", _CITY, _zones(_CITY), Float(100, 200, 100)),
    Tariff("demo_market_lots.toml", _MARKET, _zones(_MARKET), None),
)


def table_of(tariff: Tariff) -> RateTable:
    return read_policy(_POLICIES / tariff.file)


def first_prices() -> DayPrices:
    """What the city's drivers were used to, for every local hour."""
    found: dict[Place, tuple[Price | None, ...]] = {}
    for tariff in TARIFFS:
        table = table_of(tariff)
        for zone_id in tariff.zone_ids:
            for kind in _KINDS:
                prices = prices_by_hour(table, _AREA_CLASSES[zone_id], kind)
                if any(prices):
                    found[zone_id, kind] = prices
    return found


def prices_by_hour(table: RateTable, area_class: AreaClass, kind: PlaceKind) -> tuple[Price | None, ...]:
    """Of a small vehicle, by a table that says the same of all days, as those of this city's past do."""
    lines = [
        (line, percent)
        for collection, percent in table.collections_for(area_class, kind, "small")
        for line in collection.lines
    ]
    return tuple(
        next(
            (
                price_of(line.mode, line.unit_price * percent // 100, line.unit_s)
                for line, percent in lines
                if _holds(line, hour)
            ),
            None,
        )
        for hour in range(HOURS)
    )


def _holds(line: RateLine, hour: int) -> bool:
    begin, end = line.start.hour, line.end.hour
    return begin <= hour < end if begin < end else hour >= begin or hour < end
